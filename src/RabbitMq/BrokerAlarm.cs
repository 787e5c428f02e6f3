using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>
/// Whether the broker takes messages. In an alarm it says so to a connection only once that sends one, and
/// reads nothing more from it: so either it says so, or it answers what is asked behind the message.
/// </summary>
static class BrokerAlarm
{
    static readonly TimeSpan EndTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>Why it takes nothing; null: it takes them.</summary>
    internal static async Task<string?> ReadAsync(BrokerOptions options, CancellationToken stop)
    {
        var connection = await BrokerConnection.ConnectAsync(options, "reversals-operations", stop);
        var blocked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionBlockedAsync += (_, told) =>
        {
            blocked.TrySetResult(told.Reason);
            return Task.CompletedTask;
        };
        try
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: stop);
            // To nobody. Who has no right to send even that loses the channel, and is told of an alarm first.
            await channel.BasicPublishAsync(
                AnswerAddress.Exchange, routingKey: "", mandatory: false, new BasicProperties(),
                ReadOnlyMemory<byte>.Empty, stop);
            var answered = connection.CreateChannelAsync(cancellationToken: stop);
            if (await Task.WhenAny(blocked.Task, answered) == blocked.Task)
            {
                return await blocked.Task;
            }

            // A broker that hangs has answered nothing.
            await answered;
            return null;
        }
        finally
        {
            // A broker that reads nothing does not answer the end either.
            await connection.CloseAsync(
                Constants.ReplySuccess, "done", EndTimeout, abort: true, CancellationToken.None);
        }
    }
}
