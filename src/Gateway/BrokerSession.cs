using System.Security.Cryptography;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Contracts;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>
/// One connection to RabbitMQ, from its beginning to its end: publishes requests, and hears the answers in a
/// queue that ends with it. What the broker says of one session never touches the next.
/// </summary>
sealed class BrokerSession : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly WaitingCallers _callers;
    readonly int _mostUnconfirmed;
    readonly PreviewChannel _previews;
    readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile ConfirmedPublisher? _publisher;
    int _isReplacing;
    IChannel? _answers;
    volatile string? _blocked;

    BrokerSession(IConnection connection, WaitingCallers callers, int mostWaiting)
    {
        // Twice as many as may wait: callers may give up before the broker has confirmed their request.
        (_connection, _callers, _mostUnconfirmed) = (connection, callers, 2 * mostWaiting);
        _previews = new PreviewChannel(connection, mostWaiting);
        connection.ConnectionShutdownAsync += (_, reason) => EndAsync(BrokerConnection.Explain(reason));
        connection.ConnectionBlockedAsync += (_, blocked) => BlockedAsync(blocked.Reason);
        connection.ConnectionUnblockedAsync += (_, _) => BlockedAsync(reason: null);
    }

    /// <summary>
    /// The queue of the answers. Each session draws a name: the queue of the one before may still stand, and
    /// nobody else may use it, until the broker has noticed that its connection is gone.
    /// </summary>
    internal string Queue { get; } =
        AnswerAddress.Prefix + RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>The channel that requests go out on now.</summary>
    internal ConfirmedPublisher? Publisher => _publisher;

    /// <summary>Why the broker takes nothing from anybody now; null: it does.</summary>
    internal string? Blocked => _blocked;

    /// <summary>Done once requests can no longer be published or answers heard; with the reason.</summary>
    internal Task<string> Ended => _end.Task;

    internal static async Task<BrokerSession> OpenAsync(
        GatewayOptions options, WaitingCallers callers, CancellationToken stop)
    {
        var connection = await BrokerConnection.ConnectAsync(options.Broker, "reversal-gateway", stop);
        var session = new BrokerSession(connection, callers, options.Http.MaxWaiting);
        try
        {
            await session.OpenChannelsAsync(options.Http.MaxWaiting, stop);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The connection first: a broker that blocks publishers does not even answer the end of a channel.
        await QuickEnd.OfAsync(_connection);
        await (_publisher?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _previews.DisposeAsync();
        if (_answers is { } answers)
        {
            await QuickEnd.OfAsync(answers);
        }
    }

    internal async Task<PublishResult> PublishAsync(
        BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp)
    {
        // What is published while an alarm blocks publishers would stand in the socket, sent or not.
        if (_blocked is not null || _publisher is not { } publisher)
        {
            return PublishResult.NotSent;
        }

        var result = await publisher.PublishAsync(Wire.RequestExchange, properties, body, giveUp);
        if (result == PublishResult.Refused)
        {
            _ = ReplaceAsync(publisher);
        }

        return result;
    }

    internal Task<PreviewSent> PreviewAsync(
        BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        _blocked is { } problem
            ? Task.FromResult<PreviewSent>(new PreviewSent.NotAsked(problem))
            : _previews.AskAsync(properties, body, giveUp);

    async Task OpenChannelsAsync(int mostWaiting, CancellationToken stop)
    {
        await OpenPublisherAsync(stop);
        _answers = await _connection.CreateChannelAsync(cancellationToken: stop);
        _answers.ChannelShutdownAsync += (_, reason) => EndAsync(BrokerConnection.Explain(reason));
        // Fails before the first request when there is no exchange to publish to.
        await _answers.ExchangeDeclarePassiveAsync(Wire.RequestExchange, stop);
        await _answers.QueueDeclareAsync(
            Queue, durable: false, exclusive: true, autoDelete: true, QueueArguments(mostWaiting),
            cancellationToken: stop);
        await _answers.QueueBindAsync(
            Queue, AnswerAddress.Exchange, routingKey: _callers.Address, cancellationToken: stop);
        var consumer = new AsyncEventingBasicConsumer(_answers);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            Hear(delivery);
            return Task.CompletedTask;
        };
        consumer.UnregisteredAsync += (_, _) => EndAsync("the queue of the answers is gone");
        await _answers.BasicConsumeAsync(Queue, autoAck: true, consumer, stop);
    }

    async Task OpenPublisherAsync(CancellationToken stop)
    {
        var publisher = await ConfirmedPublisher.OpenAsync(_connection, _mostUnconfirmed, stop);
        _publisher = publisher;
        _ = publisher.Closed.ContinueWith(
            closed => publisher == _publisher && _end.TrySetResult(closed.Result), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>
    /// RabbitMQ 3.10 refuses everything on a channel that was opened while the queue had no leader, for as
    /// long as the node stays away that led it. A full queue costs a channel for each time it refuses.
    /// </summary>
    async Task ReplaceAsync(ConfirmedPublisher refused)
    {
        if (refused != _publisher || Interlocked.Exchange(ref _isReplacing, 1) == 1)
        {
            return;
        }

        try
        {
            await OpenPublisherAsync(CancellationToken.None);
            await refused.SettledAsync();
            await refused.DisposeAsync();
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            // The connection is lost, and the session ends with it.
        }
        finally
        {
            Volatile.Write(ref _isReplacing, 0);
        }
    }

    /// <summary>A caller has one answer; the rest of the room is for those that are late.</summary>
    static Dictionary<string, object?> QueueArguments(int mostWaiting) => new(StringComparer.Ordinal)
    {
        ["x-max-length"] = 2 * mostWaiting,
        ["x-overflow"] = "drop-head",
    };

    void Hear(BasicDeliverEventArgs delivery)
    {
        var headers = delivery.BasicProperties.Headers;
        _callers.Hand(delivery.BasicProperties.CorrelationId, new Answer
        {
            ClientId = headers?.TryGetValue(Wire.ClientIdHeader, out var client) == true
                && client is byte[] text
                ? Encoding.UTF8.GetString(text)
                : null,
            Body = delivery.Body.ToArray(),
            IsReplay = headers?.ContainsKey(Wire.ReplayedHeader) == true,
        });
    }

    Task BlockedAsync(string? reason)
    {
        _blocked = reason is null ? null : $"RabbitMQ takes nothing: {reason}";
        return Task.CompletedTask;
    }

    Task EndAsync(string reason)
    {
        _end.TrySetResult(reason);
        return Task.CompletedTask;
    }
}
