using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.Processing.Watching;
using Reversals.RabbitMq;

namespace Reversals.Processing.Outbound;

/// <summary>
/// Sends each committed event to the caller of the gateway that waits for it, whatever the event itself waits
/// for in the outbox: an older event of its bill, a subscriber, room in a queue. Nobody keeps this copy: it
/// is neither mandatory nor confirmed. A caller that gets none asks again and is answered as a duplicate.
/// </summary>
sealed class AnswerSender(
    RelayHandoffs handoffs, Outbox outbox, WorkerOptions options, AlarmWatch alarms, TimeProvider clock,
    ILogger<AnswerSender> log)
{
    const int MostAtOnce = 500;

    static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);

    readonly AnswerHandoff _handoff = handoffs.Answers;
    volatile ShutdownEventArgs? _closed;

    /// <summary>Runs until all is sent that was committed, or can be sent no more.</summary>
    /// <param name="stop">No new connection is tried any more.</param>
    /// <param name="abort">Sends nothing more.</param>
    internal async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        while (!abort.IsCancellationRequested)
        {
            try
            {
                await ConnectedAsync(abort);
                return;
            }
            catch (Exception) when (abort.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Log.AnswersUnsent(
                    log, AnswerAddress.Exchange,
                    _closed is { } reason
                        ? BrokerConnection.Explain(reason)
                        : BrokerConnection.Explain(error));
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                await Task.Delay(options.Outbound.Rest, clock, stop).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task ConnectedAsync(CancellationToken abort)
    {
        _closed = null;
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var connection = await BrokerConnection.ConnectAsync(options.Broker, "reversals-answer", abort);
        await using var end = new QuickEnd(connection);
        // It ends with the connection: a broker that blocks publishers does not even answer its end.
        var channel = await connection.CreateChannelAsync(cancellationToken: abort);
        // Made here, so that a gateway finds it even before the first answer.
        await channel.ExchangeDeclareAsync(
            AnswerAddress.Exchange, ExchangeType.Direct, durable: true, cancellationToken: abort);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            _closed = reason;
            return lost.CancelAsync();
        };
        await Task.WhenAll(SendAsync(channel, lost, abort), alarms.WatchAsync(connection, lost.Token));
    }

    /// <summary>Until the last commit is done, or the channel is lost; then nobody need watch it.</summary>
    async Task SendAsync(IChannel channel, CancellationTokenSource lost, CancellationToken abort)
    {
        try
        {
            while (await _handoff.WaitAsync(lost.Token))
            {
                var copies = _handoff.Take(MostAtOnce);
                // Those whose bytes are here do not wait for the database.
                foreach (var copy in copies.Where(copy => !copy.IsReplay))
                {
                    await SendAsync(channel, copy, copy.Body!, lost.Token);
                }

                var stored = await StoredAsync(copies, abort);
                foreach (var copy in copies.Where(copy => copy.IsReplay && stored.ContainsKey(copy.EventId)))
                {
                    await SendAsync(channel, copy, stored[copy.EventId], lost.Token);
                }
            }
        }
        finally
        {
            await lost.CancelAsync();
        }
    }

    static ValueTask SendAsync(IChannel channel, AnswerCopy copy, byte[] body, CancellationToken lost) =>
        channel.BasicPublishAsync(
            AnswerAddress.Exchange, copy.Replica, mandatory: false, Properties(copy), body, lost);

    /// <summary>
    /// The bodies of the events that are answered again. A server that hangs must not hold up the answers of
    /// all others, so after a while these few are left out: their callers ask again.
    /// </summary>
    async Task<Dictionary<Guid, byte[]>> StoredAsync(List<AnswerCopy> copies, CancellationToken abort)
    {
        Guid[] ids = [.. copies.Where(copy => copy.IsReplay).Select(copy => copy.EventId).Distinct()];
        try
        {
            return ids.Length == 0
                ? []
                : await outbox.BodiesAsync(ids, abort).WaitAsync(LongestLook, clock, abort);
        }
        catch (TimeoutException)
        {
            return [];
        }
    }

    static BasicProperties Properties(AnswerCopy copy) => EventProperties.Of(
        copy.EventId, copy.CorrelationId, copy.ClientId, copy.IsReplay, DeliveryModes.Transient);
}
