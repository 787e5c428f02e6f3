using RabbitMQ.Client;
using Reversals.Contracts;

namespace Reversals.Tests.Peers;

/// <summary>The nodes of an address that names several: <c>amqp://user:password@a:5672,b:5672/</c>.</summary>
static class Nodes
{
    internal static IReadOnlyList<Uri> Of(string address)
    {
        var begin = address.IndexOf('@', StringComparison.Ordinal) + 1;
        var end = address.IndexOf('/', begin);
        end = end < 0 ? address.Length : end;
        return
        [
            .. address[begin..end].Split(',')
                .Select(node => new Uri(address[..begin] + node + address[end..])),
        ];
    }

    /// <summary>What stands on the broker, as the worker makes it.</summary>
    internal static async Task DeclareAsync(IReadOnlyList<Uri> nodes)
    {
        var factory = new ConnectionFactory { Uri = nodes[0] };
        await using var connection = await factory.CreateConnectionAsync(
            nodes.Select(node => new AmqpTcpEndpoint(node)));
        await using var channel = await connection.CreateChannelAsync();
        string[] exchanges =
        [
            Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange, Wire.RequestExchange, Wire.DeadLetterQueue,
        ];
        foreach (var exchange in exchanges)
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        }

        var quorum = new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" };
        await channel.QueueDeclareAsync(
            Wire.RequestQueue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(quorum, StringComparer.Ordinal)
            {
                ["x-dead-letter-exchange"] = Wire.DeadLetterQueue,
                ["x-dead-letter-strategy"] = "at-least-once",
                ["x-overflow"] = "reject-publish",
            });
        await channel.QueueBindAsync(Wire.RequestQueue, Wire.RequestExchange, routingKey: "");
    }
}
