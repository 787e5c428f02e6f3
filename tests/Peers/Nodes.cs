using RabbitMQ.Client;

namespace Reversals.Tests.Peers;

/// <summary>The nodes of an address that names several: <c>amqp://user:password@a:5672,b:5672/</c>.</summary>
static class Nodes
{
    internal static IReadOnlyList<Uri> Of(string address)
    {
        var begin = address.IndexOf('@', StringComparison.Ordinal) + 1;
        var end = address.IndexOf('/', begin);
        return
        [
            .. address[begin..end].Split(',')
                .Select(node => new Uri(address[..begin] + node + address[end..])),
        ];
    }
}

/// <summary>What stands on the broker, as the worker makes it.</summary>
static class Names
{
    internal const string Requests = "reversal-requested";
    internal const string Reversed = "payment-reversed";

    internal static async Task DeclareAsync(IReadOnlyList<Uri> nodes)
    {
        var factory = new ConnectionFactory { Uri = nodes[0] };
        await using var connection = await factory.CreateConnectionAsync(
            nodes.Select(node => new AmqpTcpEndpoint(node)));
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(Reversed, ExchangeType.Fanout, durable: true);
        await channel.ExchangeDeclareAsync(Requests, ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync(
            Requests, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(Requests, Requests, routingKey: "");
    }
}
