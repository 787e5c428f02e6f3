using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos;

/// <summary>Nodes of RabbitMQ are lost.</summary>
static class BrokerNodeFaults
{
    static readonly TimeSpan AWhile = TimeSpan.FromSeconds(3);

    internal static readonly IReadOnlyList<ClusterFault> All =
    [
        new("broker: a node is killed", (site, dice) => site.Broker(dice).KillAsync()),
        new("broker: the leader of the requests is killed", async (site, _) =>
            await (await site.Brokers.LeaderAsync(Broker.Requests)).KillAsync()),
        new("broker: the leader of a subscriber's queue is killed", async (site, _) =>
            await (await site.Brokers.LeaderAsync(Broker.Tap)).KillAsync()),
        new("broker: a node is stopped in order", (site, dice) =>
            site.Broker(dice).StopInOrderAsync()),
        new("broker: the leader hangs", async (site, dice) =>
            (await site.Brokers.LeaderAsync(dice % 2 == 0 ? Broker.Requests : Broker.Tap)).Hang()),
        new("broker: two of three are killed and started", async (site, dice) =>
        {
            BrokerNode[] two = [site.Broker(dice), site.Broker(dice + 1)];
            await Task.WhenAll(two.Select(node => node.KillAsync()));
            await Task.Delay(AWhile);
            await Task.WhenAll(two.Select(node => node.StartAsync()));
        }),
    ];
}
