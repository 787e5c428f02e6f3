using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Reversals.Tests.Harness;

/// <summary>A subscriber to both event exchanges with a queue of its own. Everything is handed on in the
/// order of arrival, one delivery after the other.</summary>
sealed class Tap : IAsyncDisposable
{
    internal static readonly IReadOnlyList<string> Exchanges = ["payment-reversed", "reversal-rejected"];

    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly string _queue;
    readonly bool _isDurable;
    readonly Action<BasicDeliverEventArgs> _hear;
    int _marks;

    Tap(
        IConnection connection, IChannel channel, string queue, bool isDurable,
        Action<BasicDeliverEventArgs> hear)
    {
        (_connection, _channel, _queue) = (connection, channel, queue);
        (_isDurable, _hear) = (isDurable, hear);
    }

    /// <param name="address">Of the broker.</param>
    /// <param name="name">Of the connection.</param>
    /// <param name="hear">Called for each event.</param>
    /// <param name="kind">A durable quorum or classic queue; null: one that ends with the connection.</param>
    internal static async Task<Tap> OpenAsync(
        string address, string name, Action<BasicDeliverEventArgs> hear, string? kind = null)
    {
        var connection = await Amqp.ConnectAsync(address, name);
        var channel = await connection.CreateChannelAsync();
        var queue = kind is null
            ? await channel.QueueDeclareAsync()
            : await channel.QueueDeclareAsync(
                $"{name}-{Guid.CreateVersion7():N}", durable: true, exclusive: false, autoDelete: false,
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = kind });
        var tap = new Tap(connection, channel, queue.QueueName, kind is not null, hear);
        await tap.BindAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += tap.HearAsync;
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return tap;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDurable)
        {
            await _channel.QueueDeleteAsync(_queue);
        }

        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Subscribes, again after <see cref="UnbindAsync"/>.</summary>
    internal async Task BindAsync()
    {
        foreach (var exchange in Exchanges)
        {
            await _channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
            await _channel.QueueBindAsync(_queue, exchange, routingKey: "");
        }
    }

    /// <summary>Nobody is bound to these exchanges any more; to none at all when none is named.</summary>
    internal async Task UnbindAsync(params string[] exchanges)
    {
        foreach (var exchange in exchanges.Length == 0 ? Exchanges : exchanges)
        {
            await _channel.QueueUnbindAsync(_queue, exchange, routingKey: "");
        }
    }

    /// <summary>Everything that was confirmed before this call has been handed on after it: the queue keeps
    /// its order, so what stands before a mark of our own has arrived when the mark has.</summary>
    internal async Task SettleAsync()
    {
        var mark = Volatile.Read(ref _marks);
        await _channel.BasicPublishAsync(exchange: "", _queue, body: ReadOnlyMemory<byte>.Empty);
        await Until.TrueAsync(() => Volatile.Read(ref _marks) > mark, "the mark comes through the tap", 30);
    }

    Task HearAsync(object sender, BasicDeliverEventArgs delivery)
    {
        if (delivery.Exchange.Length == 0)
        {
            Interlocked.Increment(ref _marks);
        }
        else
        {
            _hear(delivery);
        }

        return Task.CompletedTask;
    }
}
