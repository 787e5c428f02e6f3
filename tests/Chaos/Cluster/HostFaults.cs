namespace Reversals.Tests.Chaos;

/// <summary>A whole machine is lost, or a worker.</summary>
static class HostFaults
{
    internal static readonly IReadOnlyList<ClusterFault> OfServers =
    [
        new("machine of the primary: killed", async (site, _) =>
        {
            var host = site.Postgres.Primary.Host;
            await Task.WhenAll(
                site.Postgres.Primary.KillAsync(),
                site.Brokers.Nodes.Single(node => node.Host == host).KillAsync());
            await site.Postgres.PromoteAsync();
        }),
        new("machine of the primary: cut off", async (site, _) =>
        {
            await site.Postgres.Primary.Host.CutAsync();
            await site.Postgres.PromoteAsync();
        }),
        new("machine of a standby: cut off", (site, dice) => site.Standby(dice).Host.CutAsync()),
    ];

    internal static readonly IReadOnlyList<ClusterFault> OfWorkers =
    [
        new("worker: killed", (site, dice) =>
        {
            site.Worker(dice).Kill();
            return Task.CompletedTask;
        }),
        new("worker: stopped in order", (site, dice) =>
        {
            site.Worker(dice).Terminate();
            return Task.CompletedTask;
        }),
        new("worker: hangs", (site, dice) =>
        {
            site.Worker(dice).Hang();
            return Task.CompletedTask;
        }),
        new("worker: cut off", (site, dice) => site.Worker(dice).Host.CutAsync()),
    ];
}
