using System.Buffers.Text;
using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Contracts;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// A subscriber to both event exchanges with a queue of its own. It shares the cores with what it measures,
/// so it
/// does little: finds the index, takes the time, counts.
/// </summary>
sealed class Tap : IAsyncDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly string _queue;
    readonly long[] _heardAt;
    readonly byte[] _times;
    readonly bool[] _rejected;
    readonly Guid[] _events;
    int _total;
    int _strangers;
    int _marks;

    Tap(IConnection connection, IChannel channel, string queue, int capacity)
    {
        (_connection, _channel, _queue) = (connection, channel, queue);
        (_heardAt, _times) = (new long[capacity], new byte[capacity]);
        (_rejected, _events) = (new bool[capacity], new Guid[capacity]);
    }

    /// <summary>Events heard.</summary>
    internal int Total => Volatile.Read(ref _total);

    /// <summary>
    /// Events that answer no reference of ours, or a reference with another event than before.
    /// </summary>
    internal int Strangers => Volatile.Read(ref _strangers);

    /// <summary>Time of the latest event, see <see cref="Stopwatch.GetTimestamp"/>.</summary>
    internal long LatestAt { get; private set; }

    /// <summary>Time of the first event that named this reference; 0: none did.</summary>
    internal long HeardAt(int index) => _heardAt[index];

    /// <summary>How many events named this reference.</summary>
    internal int Times(int index) => _times[index];

    /// <summary>Whether the latest of them was a rejection.</summary>
    internal bool IsRejected(int index) => _rejected[index];

    internal static async Task<Tap> OpenAsync(string address, bool quorum, int capacity)
    {
        var factory = new ConnectionFactory { Uri = new Uri(address), ClientProvidedName = "bench-tap" };
        var connection = await factory.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        var queue = "bench-tap-" + Guid.CreateVersion7().ToString("N");
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(
                StringComparer.Ordinal) { ["x-queue-type"] = quorum ? "quorum" : "classic" });
        foreach (var exchange in (string[])[Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange])
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
            await channel.QueueBindAsync(queue, exchange, routingKey: "");
        }

        var tap = new Tap(connection, channel, queue, capacity);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            tap.Hear(delivery);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return tap;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.QueueDeleteAsync(_queue);
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Waits until that many events are there; fails when nothing comes any more.</summary>
    internal async Task WaitAsync(int total, TimeSpan patience)
    {
        var (seen, since) = (Total, Stopwatch.GetTimestamp());
        while (Total < total)
        {
            await Task.Delay(Poll);
            if (Total != seen)
            {
                (seen, since) = (Total, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) > patience)
            {
                throw new BenchmarkException(
                    $"LOST: {total - seen} of {total} events did not come; " +
                    $"nothing came for {patience.TotalSeconds:0} s");
            }
        }
    }

    /// <summary>
    /// Everything confirmed before this call has been counted after it: a queue keeps its order, so what
    /// stands
    /// before a mark of our own was heard when the mark is.
    /// </summary>
    internal async Task SettleAsync()
    {
        var mark = Volatile.Read(ref _marks);
        await _channel.BasicPublishAsync(exchange: "", _queue, body: ReadOnlyMemory<byte>.Empty);
        var since = Stopwatch.GetTimestamp();
        while (
            Volatile.Read(ref _marks) == mark && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(Poll);
        }
    }

    /// <summary>Called for one delivery after the other.</summary>
    void Hear(BasicDeliverEventArgs delivery)
    {
        if (delivery.Exchange.Length == 0)
        {
            Interlocked.Increment(ref _marks);
            return;
        }

        var now = Stopwatch.GetTimestamp();
        var index = IndexOf(delivery.Body.Span);
        if (index < 0 || index >= _times.Length || !Guid.TryParse(
            delivery.BasicProperties.MessageId, out var id))
        {
            _strangers++;
        }
        else if (_times[index]++ == 0)
        {
            (_heardAt[index], _events[index]) = (now, id);
            _rejected[index] = delivery.Exchange is Wire.ReversalRejectedExchange;
        }
        else if (_events[index] != id)
        {
            _strangers++;
        }

        LatestAt = now;
        Volatile.Write(ref _total, _total + 1);
    }

    /// <summary>The number in the event's own reference_id, found without parsing the rest.</summary>
    static int IndexOf(ReadOnlySpan<byte> body)
    {
        var name = "\"reference_id\":\"B"u8;
        var place = body.IndexOf(name);
        return place >= 0 && Utf8Parser.TryParse(
            body[(place + name.Length)..], out int index, out _) ? index : -1;
    }
}
