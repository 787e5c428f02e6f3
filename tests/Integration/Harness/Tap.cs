using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Contracts;

namespace Reversals.Tests.Integration.Harness;

/// <summary>An event as a subscriber got it.</summary>
sealed record Heard(string Exchange, IReadOnlyBasicProperties Properties, byte[] Body)
{
    readonly Lazy<JsonElement> _json = new(() => JsonElement.Parse(Body));

    internal JsonElement Json => _json.Value;

    internal string? Reason => Json.GetProperty("reason").GetString();

    internal string? ReferenceId => Json.GetProperty("reference_id").GetString();

    internal Guid EventId => Json.GetProperty("event_id").GetGuid();

    internal bool IsReplay => Properties.Headers?.ContainsKey(Wire.ReplayedHeader) == true;

    internal string? Header(string name) =>
        Properties.Headers?.TryGetValue(name, out var value) == true && value is byte[] text
            ? Encoding.UTF8.GetString(text)
            : null;
}

/// <summary>A subscriber to both event exchanges that keeps everything in the order of arrival.</summary>
sealed class Tap : IAsyncDisposable
{
    static readonly string[] Exchanges = [Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange];

    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly string _queue;
    readonly Lock _gate = new();
    readonly List<Heard> _heard = [];
    int _marks;

    Tap(IConnection connection, IChannel channel, string queue) =>
        (_connection, _channel, _queue) = (connection, channel, queue);

    internal IReadOnlyList<Heard> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _heard];
            }
        }
    }

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _heard.Count;
            }
        }
    }

    internal static async Task<Tap> OpenAsync(string address)
    {
        var connection = await Broker.NewConnectionAsync(address, "tests-tap");
        var channel = await connection.CreateChannelAsync();
        var queue = await channel.QueueDeclareAsync();
        var tap = new Tap(connection, channel, queue.QueueName);
        await tap.BindAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            tap.Keep(delivery);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return tap;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Subscribes again after <see cref="UnbindAsync"/>.</summary>
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

    /// <summary>Waits for that many events, and fails when one more than that arrived.</summary>
    internal async Task<IReadOnlyList<Heard>> HearAsync(int count, int seconds = 20)
    {
        await Until.TrueAsync(() => Count >= count, $"{count} events heard", seconds);
        var all = All;
        all.Count.ShouldBe(count);
        return all;
    }

    /// <summary>
    /// Everything that was confirmed so far. The queue keeps its order: what stands before a mark of our own
    /// has arrived when the mark has.
    /// </summary>
    internal async Task<IReadOnlyList<Heard>> SettleAsync()
    {
        var mark = Volatile.Read(ref _marks);
        await _channel.BasicPublishAsync(exchange: "", _queue, body: ReadOnlyMemory<byte>.Empty);
        await Until.TrueAsync(() => Volatile.Read(ref _marks) > mark, "the mark comes through the tap");
        return All;
    }

    void Keep(BasicDeliverEventArgs delivery)
    {
        if (delivery.Exchange.Length == 0)
        {
            Interlocked.Increment(ref _marks);
            return;
        }

        var heard = new Heard(
            delivery.Exchange, new BasicProperties(delivery.BasicProperties), delivery.Body.ToArray());
        lock (_gate)
        {
            _heard.Add(heard);
        }
    }
}
