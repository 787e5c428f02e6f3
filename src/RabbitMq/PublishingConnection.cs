using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>A connection for publishing with confirms; it recovers nothing by itself.</summary>
sealed class PublishingConnection : IAsyncDisposable
{
    PublishingConnection(IConnection connection) => Connection = connection;

    internal IConnection Connection { get; }

    /// <summary>Open until the broker closes it.</summary>
    internal ConfirmedPublisher Publisher { get; private set; } = null!;

    /// <param name="options">Where to.</param>
    /// <param name="name">What the broker's list of connections calls it.</param>
    /// <param name="prepare">Done on the connection before the channel is opened.</param>
    /// <param name="stop">Gives up.</param>
    internal static async Task<PublishingConnection> OpenAsync(
        BrokerOptions options, string name, Func<IConnection, Task> prepare, CancellationToken stop)
    {
        var opened = new PublishingConnection(await BrokerConnection.ConnectAsync(options, name, stop));
        try
        {
            await prepare(opened.Connection);
            await opened.OpenChannelAsync(stop);
            return opened;
        }
        catch
        {
            await QuickEnd.OfAsync(opened.Connection);
            throw;
        }
    }

    /// <inheritdoc cref="OpenAsync(BrokerOptions, string, Func{IConnection, Task}, CancellationToken)"/>
    internal static Task<PublishingConnection> OpenAsync(
        BrokerOptions options, string name, CancellationToken stop) =>
        OpenAsync(options, name, _ => Task.CompletedTask, stop);

    /// <summary>A new channel after the broker closed the one before, which has nothing on its way.</summary>
    internal async Task ReopenAsync(CancellationToken stop)
    {
        await Publisher.DisposeAsync();
        await OpenChannelAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        // The connection first: a broker that blocks publishers does not even answer the end of a channel.
        await QuickEnd.OfAsync(Connection);
        await Publisher.DisposeAsync();
    }

    async Task OpenChannelAsync(CancellationToken stop) =>
        Publisher = await ConfirmedPublisher.OpenAsync(Connection, int.MaxValue, stop);
}
