using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos;

/// <summary>A cluster of three RabbitMQ nodes.</summary>
sealed class BrokerGroup : IAsyncDisposable
{
    const string User = "chaos";

    /// <summary>Those that will find together by themselves do so within this.</summary>
    const int AloneSeconds = 15;
    const int MostRestarts = 10;

    readonly IReadOnlyList<ChildProcess> _daemons;
    readonly string _password;
    readonly int _port;

    BrokerGroup(
        IReadOnlyList<BrokerNode> nodes, IReadOnlyList<ChildProcess> daemons, int port, string password) =>
        (Nodes, _daemons, _port, _password) = (nodes, daemons, port, password);

    internal IReadOnlyList<BrokerNode> Nodes { get; }

    /// <summary>One for each node.</summary>
    internal IReadOnlyList<Uri> Addresses =>
        [.. Nodes.Select(node => new Uri($"amqp://{User}:{_password}@{PlaceOf(node)}/"))];

    /// <summary>All of them, as a worker is told.</summary>
    internal string Address =>
        $"amqp://{User}:{_password}@{string.Join(',', Nodes.Select(PlaceOf))}/";

    string PlaceOf(BrokerNode node) => $"{node.Host.Address}:{_port}";

    internal static async Task<BrokerGroup> StartAsync(
        IEnumerable<ClusterHost> hosts, string folder, string password)
    {
        var (port, epmd) = (Ports.Free(), Ports.Free());
        ClusterHost[] all = [.. hosts];
        ChildProcess[] daemons =
        [
            .. all.DistinctBy(host => host.Name, StringComparer.Ordinal).Select(host => host.Start(
                ["epmd", "-port", $"{epmd}", .. host.HasNetwork ? (string[])[] : ["-address", "127.0.0.1"]],
                [], _ => { })),
        ];
        BrokerNode[] nodes =
        [
            .. all.Select(host =>
                new BrokerNode(host, port, epmd, Path.Combine(folder, $"rabbitmq-{host.Number}"))),
        ];
        var group = new BrokerGroup(nodes, daemons, port, password);
        foreach (var node in nodes)
        {
            await node.ConfigureAsync(nodes, User, password);
        }

        // The first one makes the cluster; who starts beside it may make another.
        await nodes[0].StartAsync();
        await Task.WhenAll(nodes.Skip(1).Select(node => node.StartAsync()));
        await group.HealAsync();
        return group;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }
    }

    /// <summary>Who leads a queue.</summary>
    internal async Task<BrokerNode> LeaderAsync(string queue)
    {
        var lines = (await ControlAsync("list_queues -s name leader")).Split('\n');
        var leader = lines.Select(line => line.Split('\t'))
            .Single(cells => string.Equals(cells[0], queue, StringComparison.Ordinal))[1];
        return Nodes.Single(node => string.Equals(node.Name, leader.Trim(), StringComparison.Ordinal));
    }

    /// <summary>See <see cref="Servers.KeepQueuesAsync"/>.</summary>
    internal Task KeepQueuesAsync() =>
        Task.WhenAll(Nodes.Select(node => node.ControlAsync(Servers.KeepQueues)));

    /// <summary>Asked of a node that runs.</summary>
    internal Task<string> ControlAsync(string arguments) =>
        Nodes.First(node => node.IsRunning).ControlAsync(arguments);

    /// <summary>Whatever is not there is there again.</summary>
    internal async Task HealAsync()
    {
        foreach (var node in Nodes)
        {
            node.Wake();
        }

        await Task.WhenAll(Nodes.Where(node => !node.IsRunning).Select(node => node.StartAsync()));
        for (var tries = 0; await Until.TakesAsync(AreTogetherAsync, AloneSeconds) is null; tries++)
        {
            if (tries == MostRestarts)
            {
                throw new TimeoutException("the nodes of RabbitMQ do not come together again");
            }

            // A node that was away for about as long as the others wait comes back to one that has not
            // noticed. RabbitMQ calls that a partition, and leaves it to the operator to restart the node.
            var views = await Task.WhenAll(Nodes.Select(node => node.SeesAsync()));
            var alone = Nodes.Zip(views).MinBy(one => one.Second).First;
            await alone.KillAsync();
            await alone.StartAsync();
        }
    }

    async Task<bool> AreTogetherAsync() =>
        (await Task.WhenAll(Nodes.Select(node => node.SeesAsync()))).All(seen => seen == Nodes.Count);
}
