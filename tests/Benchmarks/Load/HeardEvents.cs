using System.Buffers.Text;
using RabbitMQ.Client.Events;
using Reversals.Contracts;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// A subscriber to both event exchanges with a queue of its own. It shares the cores with what it measures,
/// so it
/// does little: finds the index, takes the time, counts.
/// </summary>
sealed class HeardEvents : IAsyncDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    readonly long[] _heardAt;
    readonly byte[] _times;
    readonly bool[] _rejected;
    readonly Guid[] _events;
    int _total;
    int _strangers;
    Tap _tap = null!;

    HeardEvents(int capacity)
    {
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

    internal static async Task<HeardEvents> OpenAsync(string address, bool quorum, int capacity)
    {
        var heard = new HeardEvents(capacity);
        heard._tap = await Tap.OpenAsync(address, "bench-tap", heard.Hear, quorum ? "quorum" : "classic");
        return heard;
    }

    public ValueTask DisposeAsync() => _tap.DisposeAsync();

    /// <inheritdoc cref="Tap.SettleAsync"/>
    internal Task SettleAsync() => _tap.SettleAsync();

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

    /// <summary>Called for one delivery after the other.</summary>
    void Hear(BasicDeliverEventArgs delivery)
    {
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
