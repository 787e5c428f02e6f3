namespace Reversals.Tests.Chaos;

/// <summary>Standbys are lost; the primary is there.</summary>
static class StandbyFaults
{
    static readonly TimeSpan AWhile = TimeSpan.FromSeconds(5);

    internal static readonly IReadOnlyList<ClusterFault> All =
    [
        new("standby: stopped at once", (site, dice) => site.Standby(dice).StopAtOnceAsync()),
        new("standby: hangs", (site, dice) =>
        {
            site.Standby(dice).Hang();
            return Task.CompletedTask;
        }),
        new("standbys: both hang for a while", async (site, _) =>
        {
            foreach (var standby in site.Postgres.Standbys)
            {
                standby.Hang();
            }

            await Task.Delay(AWhile);
            foreach (var standby in site.Postgres.Standbys)
            {
                standby.Wake();
            }
        }),
        new("standby and primary: stopped one after the other", async (site, dice) =>
        {
            var standby = site.Standby(dice);
            await standby.StopAtOnceAsync();
            await Task.Delay(AWhile / 2);
            await site.Postgres.Primary.StopAtOnceAsync();
            await site.Postgres.PromoteAsync();
            await standby.StartAsync();
        }),
    ];
}
