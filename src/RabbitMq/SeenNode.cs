using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>One of several nodes, as it answered just now.</summary>
sealed record SeenNode
{
    /// <summary><c>host:port</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Why it is of no use, and what to do about it; null: it lets us in.</summary>
    public string? Problem { get; init; }

    /// <summary>All at once. Of a single node there is nothing to say that its users do not say.</summary>
    internal static async Task<IReadOnlyList<SeenNode>> LookAsync(
        BrokerOptions options, CancellationToken stop) => options.HasSeveral
        ? await Task.WhenAll(options.Nodes.Select(node => LookAsync(options, node, stop)))
        : [];

    static async Task<SeenNode> LookAsync(BrokerOptions options, BrokerOptions node, CancellationToken stop)
    {
        var name = BrokerConnection.HostAndPort(new Uri(node.Address));
        try
        {
            var factory = BrokerConnection.FactoryOfNode(options, node, "reversals-look");
            await QuickEnd.OfAsync(await BrokerConnection.OpenAsync(factory, stop));
            return new SeenNode { Name = name };
        }
        catch (Exception error) when (BrokerConnection.IsFault(error) && !stop.IsCancellationRequested)
        {
            return new SeenNode
            {
                Name = name,
                Problem = $"{name}: {BrokerConnection.Explain(error)}. Start it, or mend its address in " +
                    "ConnectionStrings:RabbitMq",
            };
        }
    }
}
