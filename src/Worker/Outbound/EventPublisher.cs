using System.Net.Security;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Reversals.Contracts;
using Reversals.Worker.Storage;

namespace Reversals.Worker.Outbound;

/// <summary>What became of one publish.</summary>
enum PublishOutcome
{
    /// <summary>The broker has it safely.</summary>
    Confirmed,

    /// <summary>Nobody is bound for it.</summary>
    Unroutable,

    /// <summary>The broker refused it, or did not answer in time: it may or may not be there.</summary>
    Unknown,
}

/// <summary>
/// A connection of its own for publishing: a memory or disk alarm blocks publishing connections, and a blocked
/// consuming connection could not acknowledge. It recovers nothing by itself; the relay makes a new one.
/// </summary>
sealed class EventPublisher : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly string? _signingKey;

    EventPublisher(IConnection connection, IChannel channel, string? signingKey)
    {
        _connection = connection;
        _channel = channel;
        _signingKey = signingKey;
    }

    internal bool IsOpen => _channel.IsOpen;

    internal static string ExchangeFor(string kind) => kind switch
    {
        PaymentReversed.Kind => Wire.PaymentReversedExchange,
        ReversalRejected.Kind => Wire.ReversalRejectedExchange,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no exchange for this kind of event"),
    };

    internal static async Task<EventPublisher> ConnectAsync(
        string address, string kind, string? signingKey, CancellationToken stop)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(address),
            ClientProvidedName = "reversals-publish",
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
        };
        factory.Ssl.AcceptablePolicyErrors = SslPolicyErrors.None;
        var connection = await factory.CreateConnectionAsync(stop);
        try
        {
            var channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(
                    publisherConfirmationsEnabled: true,
                    publisherConfirmationTrackingEnabled: true,
                    outstandingPublisherConfirmationsRateLimiter: null),
                stop);
            await channel.ExchangeDeclareAsync(
                ExchangeFor(kind), ExchangeType.Fanout, durable: true, cancellationToken: stop);
            return new EventPublisher(connection, channel, signingKey);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Publishes the stored bytes and waits for the broker's confirm.</summary>
    internal async Task<PublishOutcome> PublishAsync(string kind, OutboxRow row, CancellationToken giveUp)
    {
        try
        {
            await _channel.BasicPublishAsync(
                ExchangeFor(kind), routingKey: "", mandatory: true, Properties(kind, row), row.Body, giveUp);
            return PublishOutcome.Confirmed;
        }
        catch (PublishException refused) when (refused.IsReturn)
        {
            return PublishOutcome.Unroutable;
        }
        catch (Exception error) when (IsOfTheBroker(error))
        {
            return PublishOutcome.Unknown;
        }
    }

    /// <summary>Errors that say nothing about the event: refused, closed, or no answer in time.</summary>
    internal static bool IsOfTheBroker(Exception error) => error
        is RabbitMQClientException or OperationCanceledException or ObjectDisposedException
        or IOException or System.Net.Sockets.SocketException or TimeoutException;

    BasicProperties Properties(string kind, OutboxRow row)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal) { [Wire.ClientIdHeader] = row.ClientId };
        if (row.Replayed)
        {
            headers[Wire.ReplayedHeader] = true;
        }

        if (row.TraceParent is not null)
        {
            headers[Wire.TraceParentHeader] = row.TraceParent;
        }

        if (_signingKey is not null)
        {
            headers[Wire.SignatureHeader] = Signature.Compute(row.Body, _signingKey);
        }

        return new BasicProperties
        {
            MessageId = row.EventId.ToString(),
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Type = kind,
            Headers = headers,
        };
    }
}
