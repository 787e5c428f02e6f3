using RabbitMQ.Client;

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
}
