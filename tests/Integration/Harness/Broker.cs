using RabbitMQ.Client.Exceptions;
using Reversals.RabbitMq;

namespace Reversals.Tests.Integration.Harness;

/// <summary>The broker as its operator sees it: what exists, what waits; and a clean start.</summary>
sealed class Broker : IAsyncDisposable
{
    /// <summary>What forged headers ask the worker to make.</summary>
    internal const string ForgedExchange = "reversal-forged-x";

    /// <inheritdoc cref="ForgedExchange"/>
    internal const string ForgedQueue = "reversal-forged-q";

    /// <summary>Where stock error handling would put messages, and where a forger would.</summary>
    internal static readonly IReadOnlyList<string> Forbidden =
    [
        Wire.RequestQueue + "_error", Wire.RequestQueue + "_skipped", Wire.RequestQueue + "_delay",
        ForgedExchange, ForgedQueue,
    ];

    static readonly string[] Queues = [Wire.RequestQueue, Wire.DeadLetterQueue, PreviewQueue.Name, .. Forbidden];

    static readonly string[] Exchanges =
    [
        Wire.RequestExchange, Wire.DeadLetterQueue,
        Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange, AnswerAddress.Exchange,
        PreviewQueue.Name, .. Forbidden,
    ];

    readonly IConnection _connection;

    Broker(IConnection connection) => _connection = connection;

    internal static async Task<Broker> ConnectAsync(string address) =>
        new(await Amqp.ConnectAsync(address, "tests-operator"));

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Deletes what an earlier test left under the fixed names.</summary>
    internal async Task CleanAsync()
    {
        await using var channel = await _connection.CreateChannelAsync();
        foreach (var queue in Queues)
        {
            await channel.QueueDeleteAsync(queue);
        }

        foreach (var exchange in Exchanges)
        {
            await channel.ExchangeDeleteAsync(exchange);
        }
    }

    internal async Task<bool> HasQueueAsync(string name) =>
        await ExistsAsync(async channel => await channel.QueueDeclarePassiveAsync(name));

    internal Task<bool> HasExchangeAsync(string name) =>
        ExistsAsync(channel => channel.ExchangeDeclarePassiveAsync(name));

    /// <summary>A queue as a stranger would make it.</summary>
    internal async Task DeclareAsync(string queue)
    {
        await using var channel = await _connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
    }

    /// <summary>The requests' exchange leads nowhere any more.</summary>
    internal async Task UnbindAsync()
    {
        await using var channel = await _connection.CreateChannelAsync();
        await channel.QueueUnbindAsync(Wire.RequestQueue, Wire.RequestExchange, routingKey: "");
    }

    /// <summary>Something done on a channel of its own.</summary>
    internal async Task UseAsync(Func<IChannel, Task> action)
    {
        await using var channel = await _connection.CreateChannelAsync();
        await action(channel);
    }

    /// <summary>A message as the broker itself puts it among the dead letters.</summary>
    internal Task SendDeadAsync(byte[] body, BasicProperties properties) => UseAsync(async channel =>
        await channel.BasicPublishAsync(
            Wire.DeadLetterQueue, routingKey: "", mandatory: true, properties, body));

    /// <summary>Waits until that many requests wait and nobody holds them.</summary>
    internal Task HoldsAsync(int count, int seconds = 20) => Until.TrueAsync(
        async () => await WaitingAsync() == count, $"{count} requests wait", seconds);

    /// <summary>Waits until that many workers read.</summary>
    internal Task ReadByAsync(int count, int seconds = 20) => Until.TrueAsync(
        async () => await ReadersAsync() == count, $"{count} workers read", seconds);

    /// <summary>Messages that wait in a queue and that nobody holds.</summary>
    internal async Task<uint> WaitingAsync(string queue = Wire.RequestQueue)
    {
        await using var channel = await _connection.CreateChannelAsync();
        return (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
    }

    /// <summary>How often the broker took each waiting request back; to look counts as once more.</summary>
    internal async Task<List<long>> DeliveryCountsAsync()
    {
        await using var channel = await _connection.CreateChannelAsync();
        List<long> counts = [];
        while (await channel.BasicGetAsync(Wire.RequestQueue, autoAck: false) is { } message)
        {
            counts.Add(
                message.BasicProperties.Headers?.TryGetValue("x-delivery-count", out var count) == true
                    ? Convert.ToInt64(count, null)
                    : 0);
        }

        return counts;
    }

    /// <summary>Consumers of the request queue: one for each worker that reads.</summary>
    internal async Task<uint> ReadersAsync()
    {
        await using var channel = await _connection.CreateChannelAsync();
        return (await channel.QueueDeclarePassiveAsync(Wire.RequestQueue)).ConsumerCount;
    }

    /// <summary>A failed passive declare closes its channel, so each look takes one of its own.</summary>
    async Task<bool> ExistsAsync(Func<IChannel, Task> declare)
    {
        await using var channel = await _connection.CreateChannelAsync();
        try
        {
            await declare(channel);
            return true;
        }
        catch (OperationInterruptedException error)
            when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return false;
        }
    }
}
