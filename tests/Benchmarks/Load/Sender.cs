using RabbitMQ.Client;
using Reversals.Contracts;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// Publishes requests from this process, on the same cores as everything else: in bulk with confirms, in a
/// closed
/// loop, or by a timetable that does not care how long the answers take.
/// </summary>
sealed class Sender : IAsyncDisposable
{
    const int WaveSize = 500;
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// A timer comes late; the rest of the way to a single due message is waited for awake.
    /// </summary>
    static readonly TimeSpan Awake = TimeSpan.FromMilliseconds(2);

    readonly IConnection _connection;
    readonly IChannel _confirmed;
    readonly IChannel _fast;
    readonly long[] _dueAt;

    Sender(IConnection connection, IChannel confirmed, IChannel fast, int capacity) =>
        (_connection, _confirmed, _fast, _dueAt) = (connection, confirmed, fast, new long[capacity]);

    internal static async Task<Sender> OpenAsync(string address, int capacity)
    {
        var connection = await Amqp.ConnectAsync(address, "bench-sender");
        var confirmed = await connection.ConfirmingChannelAsync();
        return new Sender(connection, confirmed, await connection.CreateChannelAsync(), capacity);
    }

    public async ValueTask DisposeAsync()
    {
        await _confirmed.DisposeAsync();
        await _fast.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>When the message was to be sent, see <see cref="Stopwatch.GetTimestamp"/>.</summary>
    internal long DueAt(int index) => _dueAt[index];

    /// <summary>Fills the queue; each message is there safely when this returns.</summary>
    internal async Task FillAsync(Mix mix, int count)
    {
        for (var left = count; left > 0; left -= WaveSize)
        {
            await Task.WhenAll(mix.Take(Math.Min(left, WaveSize)).Select(message =>
                PublishAsync(_confirmed, message).AsTask()));
        }
    }

    /// <summary>Keeps that many messages on their way until all are sent.</summary>
    internal async Task FlowAsync(Message[] messages, int window, HeardEvents tap)
    {
        var before = tap.Total;
        for (var sent = 0; sent < messages.Length;)
        {
            var room = window - (sent - (tap.Total - before));
            if (room <= 0)
            {
                await Task.Delay(Tick);
                continue;
            }

            for (; room > 0 && sent < messages.Length; room--)
            {
                await PublishAsync(_fast, messages[sent++]);
            }
        }
    }

    /// <summary>
    /// Open loop: each message has its time beforehand, and its latency counts from then, however late it
    /// really
    /// left. Above 200/s the timetable is in whole milliseconds.
    /// </summary>
    internal async Task ScheduleAsync(Message[] messages, double rate)
    {
        var began = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 100);
        for (var place = 0; place < messages.Length; place++)
        {
            var due = TimeSpan.FromSeconds(place / rate);
            if (rate > 200)
            {
                due = TimeSpan.FromMilliseconds(Math.Floor(due.TotalMilliseconds));
            }

            var dueAt = began + (long)(due.TotalSeconds * Stopwatch.Frequency);
            _dueAt[messages[place].Index] = dueAt;
            await UntilAsync(dueAt, awake: rate <= 200);
            await PublishAsync(_fast, messages[place]);
        }
    }

    static async Task UntilAsync(long dueAt, bool awake)
    {
        while (true)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), dueAt);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            if (!awake)
            {
                await Task.Delay(Tick);
            }
            else if (left > Awake)
            {
                await Task.Delay(left - Awake);
            }
            else
            {
                Thread.SpinWait(20);
            }
        }
    }

    static ValueTask PublishAsync(IChannel channel, Message message) => channel.BasicPublishAsync(
        Wire.RequestExchange, routingKey: "", mandatory: false, message.Properties, message.Body);
}
