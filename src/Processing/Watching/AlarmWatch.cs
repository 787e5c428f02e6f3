using RabbitMQ.Client;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Processing.Watching;

/// <summary>
/// Whether the broker takes anything now. In an alarm it says so to a connection only once that sends
/// something, so a worker with nothing to send would know nothing: something is sent once a second that
/// reaches nobody.
/// </summary>
sealed class AlarmWatch(RelayHandoffs handoffs, TimeProvider clock)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>No gateway has this address.</summary>
    const string Nobody = "";

    volatile string? _alarm;

    /// <summary>Why the broker takes nothing; null: it has not said so.</summary>
    internal string? Alarm => _alarm;

    /// <summary>Watches a connection until that ends.</summary>
    internal async Task WatchAsync(IConnection connection, CancellationToken end)
    {
        connection.ConnectionBlockedAsync += (_, blocked) => Says(blocked.Reason);
        connection.ConnectionUnblockedAsync += (_, _) => Says(alarm: null);
        try
        {
            // It ends with the connection: a broker that blocks publishers does not even answer its end.
            var channel = await connection.CreateChannelAsync(cancellationToken: end);
            using var timer = new PeriodicTimer(Pause, clock);
            do
            {
                if (_alarm is null)
                {
                    await channel.BasicPublishAsync(
                        AnswerAddress.Exchange, Nobody, mandatory: false, new BasicProperties(),
                        ReadOnlyMemory<byte>.Empty, end);
                }
            }
            while (await timer.WaitForNextTickAsync(end));
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            // Whoever uses the connection finds out as well.
        }
        finally
        {
            await Says(alarm: null);
        }
    }

    Task Says(string? alarm)
    {
        _alarm = alarm;
        handoffs.Alarm = alarm;
        return Task.CompletedTask;
    }
}
