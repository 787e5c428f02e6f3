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

    /// <summary>Publishes by a timetable, see <see cref="Timetable"/>.</summary>
    internal async Task ScheduleAsync(Message[] messages, double rate)
    {
        await foreach (var (message, dueAt) in Timetable.OfAsync(messages, rate))
        {
            _dueAt[message.Index] = dueAt;
            await PublishAsync(_fast, message);
        }
    }

    static ValueTask PublishAsync(IChannel channel, Message message) => channel.BasicPublishAsync(
        Wire.RequestExchange, routingKey: "", mandatory: false, message.Properties, message.Body);
}
