using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Reversals.Tests.Chaos.Running;

/// <summary>What is needed of the broker's protocol besides sending and listening.</summary>
/// <param name="rabbitMq">An address of each node.</param>
sealed class Broker(IReadOnlyList<Uri> rabbitMq)
{
    internal const string Requests = "reversal-requested";
    internal const string DeadLetters = "reversal-requested-dead-letter";

    /// <summary>Where MassTransit puts what it has tried often enough.</summary>
    internal const string Errors = "reversal-requested_error";

    /// <summary>From which the gateways hear.</summary>
    internal const string Answers = "reversal-answers";

    /// <summary>From which the workers hear what they are only asked about.</summary>
    internal const string Previews = "reversal-preview-requested";

    internal const string Tap = "chaos-tap";

    /// <summary>Another subscriber's queue, which may be purged and deleted: nobody counts on it.</summary>
    internal const string Second = "chaos-second";

    internal static readonly IReadOnlyList<string> Events = ["payment-reversed", "reversal-rejected"];

    /// <summary>To one of the nodes. Of several the one that answers is looked for, and left when it hangs.</summary>
    internal static async Task<IConnection> ConnectAsync(IReadOnlyList<Uri> rabbitMq, string name)
    {
        var factory = new ConnectionFactory
        {
            Uri = rabbitMq[0],
            ClientProvidedName = name,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(3),
        };
        if (rabbitMq.Count > 1)
        {
            factory.RequestedConnectionTimeout = TimeSpan.FromSeconds(1);
            factory.HandshakeContinuationTimeout = TimeSpan.FromSeconds(1);
            factory.RequestedHeartbeat = TimeSpan.FromSeconds(2);
        }

        // The library waits for the first word of a node that hangs for ever.
        Exception? problem = null;
        foreach (var node in rabbitMq)
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(rabbitMq.Count > 1 ? 3 : 20));
            try
            {
                return await factory.CreateConnectionAsync([new AmqpTcpEndpoint(node)], late.Token);
            }
            catch (Exception error) when (IsAway(error))
            {
                problem = error;
            }
        }

        throw new IOException("no node lets us in", problem);
    }

    internal static bool IsAway(Exception error) => error
        is RabbitMQClientException or OperationCanceledException or ObjectDisposedException or IOException
        or TimeoutException or System.Net.Sockets.SocketException;

    /// <summary>What the subscribers need; the rest is for the workers to make.</summary>
    internal Task DeclareAsync() => UseAsync(async channel =>
    {
        foreach (var queue in (string[])[Requests, DeadLetters, Previews, Tap, Second])
        {
            await channel.QueueDeleteAsync(queue);
        }

        await channel.QueueDeclareAsync(
            Tap, durable: true, exclusive: false, autoDelete: false, QueueKind("quorum"));
        foreach (var exchange in Events)
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        }

        await DeclareSecondAsync(channel);
        await BindAsync(channel);
    });

    internal static async Task BindAsync(IChannel channel)
    {
        foreach (var exchange in Events)
        {
            await channel.QueueBindAsync(Tap, exchange, routingKey: "");
            await channel.QueueBindAsync(Second, exchange, routingKey: "");
        }
    }

    internal static async Task UnbindAsync(IChannel channel)
    {
        foreach (var exchange in Events)
        {
            // The tap last: an event that reaches the second queue alone would be confirmed, and heard by nobody.
            await channel.QueueUnbindAsync(Second, exchange, routingKey: "");
            await channel.QueueUnbindAsync(Tap, exchange, routingKey: "");
        }
    }

    internal static async Task DeclareSecondAsync(IChannel channel)
    {
        var kind = QueueKind("classic");
        kind["x-max-length"] = 1000;
        await channel.QueueDeclareAsync(Second, durable: true, exclusive: false, autoDelete: false, kind);
    }

    /// <summary>Something done on a connection of its own.</summary>
    internal async Task UseAsync(Func<IChannel, Task> action)
    {
        await using var connection = await ConnectAsync(rabbitMq, "chaos-operator");
        await using var channel = await connection.CreateChannelAsync();
        await action(channel);
    }

    /// <summary>Messages that wait in the queues and that nobody holds; null: the broker is away.</summary>
    internal async Task<long?> WaitingAsync()
    {
        try
        {
            var waiting = 0L;
            await UseAsync(async channel =>
            {
                foreach (var queue in (string[])[Requests, Tap])
                {
                    waiting += await channel.MessageCountAsync(queue);
                }
            });
            return waiting;
        }
        catch (Exception error) when (IsAway(error))
        {
            return null;
        }
    }

    static Dictionary<string, object?> QueueKind(string kind) =>
        new(StringComparer.Ordinal) { ["x-queue-type"] = kind };
}
