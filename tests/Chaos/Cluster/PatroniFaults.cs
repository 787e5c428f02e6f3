namespace Reversals.Tests.Chaos;

/// <summary>Servers are lost, and Patroni alone deals with it.</summary>
static class PatroniFaults
{
    /// <summary>Until the workers have noticed, and wait.</summary>
    static readonly TimeSpan Noticed = TimeSpan.FromSeconds(4);

    internal static readonly ClusterFault Hangs = new(
        "primary: hangs, wakes when it is replaced",
        (site, _) => LoseAsync(site, primary =>
        {
            primary.Hang();
            return Task.CompletedTask;
        }),
        (site, _) =>
        {
            foreach (var node in site.Patroni.Nodes)
            {
                node.Wake();
            }

            return Task.Delay(2 * Noticed);
        });

    internal static readonly IReadOnlyList<ClusterFault> All =
    [
        new("primary: its first process is killed", (site, _) => LoseAsync(site, primary =>
        {
            primary.KillPostmaster();
            return Task.CompletedTask;
        })),
        new("primary: killed with its Patroni", (site, _) => LoseAsync(site, primary => primary.KillAsync())),
        // It goes on beside the next primary, and has nobody to confirm its commits.
        new("primary: its Patroni alone is killed", (site, _) =>
            LoseAsync(site, primary => primary.KillPatroniAsync()), (_, _) => Task.Delay(2 * Noticed)),
        new("primary: switched over in order", (site, _) =>
            LoseAsync(site, primary => primary.SwitchOverAsync())),
        new("machine of the primary: killed", (site, _) => LoseAsync(site, primary => Task.WhenAll(
            primary.KillAsync(),
            site.Patroni.EtcdOf(primary.Host).KillAsync(),
            site.Brokers.Nodes.Single(node => node.Host == primary.Host).KillAsync()))),
        new("machine of the primary: cut off", (site, _) =>
            LoseAsync(site, primary => primary.Host.CutAsync())),
        new("standby that confirms: killed", (site, _) =>
            LoseConfirmingAsync(site, standby => standby.KillAsync())),
        new("standby that confirms: hangs", (site, _) => LoseConfirmingAsync(site, standby =>
        {
            standby.Hang();
            return Task.CompletedTask;
        })),
        new("machine of the standby that confirms: cut off", (site, _) =>
            LoseConfirmingAsync(site, standby => standby.Host.CutAsync())),
        new("standbys: both away for a while", async (site, _) =>
        {
            await WithoutStandbysAsync(site);
            site.Patroni.StartStopped();
            await site.Patroni.ConfirmsAsync();
        }),
        // What was committed alone becomes visible, and has reached nobody.
        new("standbys: away, then the primary is killed, and all start", async (site, _) =>
        {
            await WithoutStandbysAsync(site);
            await LoseAsync(site, async primary =>
            {
                await primary.KillAsync();
                site.Patroni.StartStopped();
            });
        }),
    ];

    /// <summary>Until there is another primary, or the same one has started anew.</summary>
    static async Task LoseAsync(ClusterSite site, Func<PatroniNode, Task> loseAsync)
    {
        var primary = site.Patroni.Primary;
        var lost = primary.Postmaster;
        await loseAsync(primary);
        await site.Patroni.NextAsync(lost);
    }

    static async Task LoseConfirmingAsync(ClusterSite site, Func<PatroniNode, Task> loseAsync)
    {
        var standby = await site.Patroni.ConfirmingAsync();
        await loseAsync(standby);
        await site.Patroni.ConfirmsAsync(standby);
    }

    static async Task WithoutStandbysAsync(ClusterSite site)
    {
        await Task.WhenAll(site.Patroni.Standbys.Select(standby => standby.KillAsync()));
        await Task.Delay(2 * Noticed);
    }
}
