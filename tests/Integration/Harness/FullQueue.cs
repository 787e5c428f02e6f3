using RabbitMQ.Client.Events;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A subscriber to reversed payments whose queue has no room until it begins to read.</summary>
sealed class FullQueue : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly string _queue;
    readonly Kept<Heard> _heard = new();

    FullQueue(IConnection connection, IChannel channel, string queue) =>
        (_connection, _channel, _queue) = (connection, channel, queue);

    internal IReadOnlyList<Heard> All => _heard.All;

    internal static async Task<FullQueue> OpenAsync(string address)
    {
        var connection = await Amqp.ConnectAsync(address, "tests-full-queue");
        var channel = await connection.CreateChannelAsync();
        var limited = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["x-max-length"] = 1, ["x-overflow"] = "reject-publish",
        };
        var queue = await channel.QueueDeclareAsync(arguments: limited);
        await channel.ExchangeDeclareAsync(Wire.PaymentReversedExchange, ExchangeType.Fanout, durable: true);
        await channel.QueueBindAsync(queue.QueueName, Wire.PaymentReversedExchange, routingKey: "");
        await channel.BasicPublishAsync(exchange: "", queue.QueueName, body: ReadOnlyMemory<byte>.Empty);
        var full = new FullQueue(connection, channel, queue.QueueName);
        await Until.TrueAsync(
            async () => (await channel.QueueDeclarePassiveAsync(queue.QueueName)).MessageCount == 1,
            "the queue is full");
        return full;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>From now on there is room.</summary>
    internal async Task ReadAsync()
    {
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            if (delivery.Exchange.Length > 0)
            {
                _heard.Add(Heard.Of(delivery));
            }

            return Task.CompletedTask;
        };
        await _channel.BasicConsumeAsync(_queue, autoAck: true, consumer);
    }
}
