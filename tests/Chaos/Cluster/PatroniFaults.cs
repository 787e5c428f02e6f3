namespace Reversals.Tests.Chaos;

/// <summary>Servers are lost, and Patroni alone deals with it.</summary>
static class PatroniFaults
{
    /// <summary>Until the workers have noticed, and wait.</summary>
    static readonly TimeSpan Noticed = TimeSpan.FromSeconds(4);

    /// <summary>
    /// A primary comes back that knows nothing of the next. Patroni before 3.0.3 then overwrites the key of
    /// the next one, and what that one has confirmed is lost.
    /// </summary>
    internal static readonly IReadOnlyList<ClusterFault> OfReturn =
    [
        new("primary: hangs, wakes when it is replaced",
            (site, _) => LoseAsync(site, primary => primary.Hang()),
            (site, _) =>
            {
                foreach (var node in site.Patroni.Nodes)
                {
                    node.Wake();
                }

                return Task.Delay(2 * Noticed);
            }),
        new("machine of the primary: cut off", (site, _) =>
            LoseAsync(site, primary => primary.Host.CutAsync())),
    ];

    internal static readonly IReadOnlyList<ClusterFault> All =
    [
        new("primary: its first process is killed", (site, _) =>
            LoseAsync(site, primary => primary.KillPostmaster())),
        new("primary: killed with its Patroni", (site, _) => LoseAsync(site, primary => primary.Kill())),
        // It goes on beside the next primary, and has nobody to confirm its commits.
        new("primary: its Patroni alone is killed", (site, _) =>
            LoseAsync(site, primary => primary.KillPatroni()), (_, _) => Task.Delay(2 * Noticed)),
        new("primary: switched over in order", (site, _) =>
            LoseAsync(site, primary => primary.SwitchOverAsync())),
        new("machine of the primary: killed", (site, _) => LoseAsync(site, primary =>
        {
            primary.Kill();
            return Task.WhenAll(
                site.Patroni.EtcdOf(primary.Host).KillAsync(),
                site.Brokers.Nodes.Single(node => node.Host == primary.Host).KillAsync());
        })),
        new("standby that confirms: killed", (site, _) =>
            LoseConfirmingAsync(site, standby => standby.Kill())),
        new("standby that confirms: hangs", (site, _) => LoseConfirmingAsync(site, standby => standby.Hang())),
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
            await LoseAsync(site, primary =>
            {
                primary.Kill();
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

    static Task LoseAsync(ClusterSite site, Action<PatroniNode> lose) =>
        LoseAsync(site, primary => DoneAsync(lose, primary));

    static Task LoseConfirmingAsync(ClusterSite site, Action<PatroniNode> lose) =>
        LoseConfirmingAsync(site, standby => DoneAsync(lose, standby));

    static Task DoneAsync(Action<PatroniNode> lose, PatroniNode node)
    {
        lose(node);
        return Task.CompletedTask;
    }

    static async Task LoseConfirmingAsync(ClusterSite site, Func<PatroniNode, Task> loseAsync)
    {
        var standby = await site.Patroni.ConfirmingAsync();
        await loseAsync(standby);
        await site.Patroni.ConfirmsAsync(standby);
    }

    static async Task WithoutStandbysAsync(ClusterSite site)
    {
        foreach (var standby in site.Patroni.Standbys)
        {
            standby.Kill();
        }

        await Task.Delay(2 * Noticed);
    }
}
