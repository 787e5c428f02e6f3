using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Reversals.Tests.Harness;

/// <summary>Connections and channels as the neighbours of the worker open them.</summary>
static class Amqp
{
    internal static Task<IConnection> ConnectAsync(string address, string name) => new ConnectionFactory
    {
        Uri = new Uri(address),
        ClientProvidedName = name,
    }.CreateConnectionAsync();

    /// <summary>A channel on which a publish returns once the broker has the message.</summary>
    internal static Task<IChannel> ConfirmingChannelAsync(this IConnection connection) =>
        connection.CreateChannelAsync(new CreateChannelOptions(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true,
            outstandingPublisherConfirmationsRateLimiter: null));

    /// <summary>
    /// Whether the broker refuses it: the right is lacking, or the queue is another connection's alone. A publish
    /// by itself is answered by nothing; the call after it learns of the refusal.
    /// </summary>
    internal static async Task<bool> IsRefusedAsync(this IConnection connection, Func<IChannel, Task> action)
    {
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            await action(channel);
            await channel.BasicQosAsync(prefetchSize: 0, prefetchCount: 1, global: false);
            return false;
        }
        catch (OperationInterruptedException error)
        {
            return error.ShutdownReason?.ReplyCode is Constants.AccessRefused or Constants.ResourceLocked;
        }
    }
}
