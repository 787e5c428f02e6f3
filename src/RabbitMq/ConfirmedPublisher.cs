using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Reversals.RabbitMq;

/// <summary>Publishes bodies byte by byte as they are, many at once, and knows of each whether the broker has
/// it safely. The numbers of the confirms are kept here, as the library's own tracking adds a header.
/// </summary>
sealed class ConfirmedPublisher : IAsyncDisposable
{
    readonly IChannel _channel;
    readonly int _mostUnconfirmed;
#pragma warning disable CA2213 // To dispose them would leave those without an end who wait for a turn.
    readonly SemaphoreSlim _turn = new(1);
    readonly CancellationTokenSource _ended = new();
#pragma warning restore CA2213
    readonly Dictionary<ulong, Sent> _waiting = [];
    readonly Lock _gate = new();
    readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ulong _oldest = 1;
    ulong _refused;
    bool _isClosed;

    ConfirmedPublisher(IChannel channel, int mostUnconfirmed)
    {
        (_channel, _mostUnconfirmed) = (channel, mostUnconfirmed);
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, PublishResult.Confirmed);
        channel.BasicNacksAsync += (_, nack) =>
            Settle(nack.DeliveryTag, nack.Multiple, PublishResult.Refused);
        channel.BasicReturnAsync += (_, back) => ReturnedAsync(back.BasicProperties.MessageId);
        channel.ChannelShutdownAsync += (_, reason) => ClosedAsync(reason);
    }

    /// <summary>Done when the broker or the network has closed it, with the reason.</summary>
    internal Task<string> Closed => _closed.Task;

    /// <summary>Why it was closed; null while it is open.</summary>
    internal ShutdownEventArgs? CloseReason => _channel.CloseReason;

    /// <param name="connection">Open.</param>
    /// <param name="mostUnconfirmed">
    /// A broker that takes messages and confirms none would fill the memory: beyond this nothing is sent.
    /// </param>
    /// <param name="stop">Gives up.</param>
    internal static async Task<ConfirmedPublisher> OpenAsync(
        IConnection connection, int mostUnconfirmed, CancellationToken stop) =>
        new(await BrokerConnection.ConfirmingChannelAsync(connection, stop), mostUnconfirmed);

    /// <summary>Whoever waits for a turn, or for room in a socket, is told at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await QuickEnd.OfAsync(_channel);
    }

    /// <summary>Publishes, mandatory, and waits for the broker's answer for as long as that takes.</summary>
    /// <param name="exchange">Where to.</param>
    /// <param name="properties">With a message-id that no other message on its way has.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="giveUp">Not sent any more; whatever was sent is waited for.</param>
    internal async Task<PublishResult> PublishAsync(
        string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp)
    {
        try
        {
            using var any = CancellationTokenSource.CreateLinkedTokenSource(giveUp, _ended.Token);
            await _turn.WaitAsync(any.Token);
        }
        catch (OperationCanceledException)
        {
            return PublishResult.NotSent;
        }

        Sent sent;
        try
        {
            sent = await SendAsync(exchange, properties, body, _ended.Token);
        }
        catch (AlreadyClosedException)
        {
            // Closed before anything was written.
            return PublishResult.NotSent;
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            return PublishResult.Unknown;
        }
        finally
        {
            _turn.Release();
        }

        var result = await sent.Answer;
        return result == PublishResult.Unknown && sent.Tag == _refused ? PublishResult.Refused : result;
    }

    /// <summary>Publishes, mandatory; the broker answers later. One after the other.</summary>
    internal Task<Sent> SendAsync(
        string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        SendAsync(exchange, routingKey: "", properties, body, giveUp);

    /// <summary>The same to one queue alone, past every exchange that it is bound to.</summary>
    internal Task<Sent> SendToQueueAsync(
        string queue, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        SendAsync(exchange: "", routingKey: queue, properties, body, giveUp);

    /// <summary>Done when the broker has answered all that was sent so far.</summary>
    internal Task SettledAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_waiting.Values.Select(sent => sent.Answer));
        }
    }

    async Task<Sent> SendAsync(
        string exchange, string routingKey, BasicProperties properties, ReadOnlyMemory<byte> body,
        CancellationToken giveUp)
    {
        var sent = new Sent(await _channel.GetNextPublishSequenceNumberAsync(giveUp), properties.MessageId);
        lock (_gate)
        {
            if (_isClosed || _waiting.Count >= _mostUnconfirmed)
            {
                sent.Settle(PublishResult.NotSent);
                return sent;
            }

            _waiting[sent.Tag] = sent;
        }

        await _channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, body, giveUp);
        return sent;
    }

    Task Settle(ulong tag, bool multiple, PublishResult result)
    {
        lock (_gate)
        {
            for (var one = multiple ? _oldest : tag; one <= tag; one++)
            {
                if (_waiting.Remove(one, out var sent))
                {
                    sent.Settle(result);
                }
            }

            _oldest = multiple ? tag + 1 : _oldest;
        }

        return Task.CompletedTask;
    }

    /// <summary>Nobody is bound: it comes back first, and is confirmed then.</summary>
    Task ReturnedAsync(string? messageId)
    {
        lock (_gate)
        {
            foreach (var sent in _waiting.Values.Where(
                sent => string.Equals(sent.MessageId, messageId, StringComparison.Ordinal)))
            {
                sent.Settle(PublishResult.Unroutable);
            }
        }

        return Task.CompletedTask;
    }

    Task ClosedAsync(ShutdownEventArgs reason)
    {
        // Without the exchange or the right to write to it. The broker does not say which message found that
        // out; those before it may have been taken, so only the last one certainly was not.
        var isRefused = reason.Initiator == ShutdownInitiator.Peer
            && reason.ReplyCode is Constants.AccessRefused or Constants.NotFound;
        lock (_gate)
        {
            _isClosed = true;
            _refused = isRefused && _waiting.Count > 0 ? _waiting.Keys.Max() : 0;
            foreach (var sent in _waiting.Values)
            {
                sent.Settle(PublishResult.Unknown);
            }

            _waiting.Clear();
        }

        _closed.TrySetResult(BrokerConnection.Explain(reason));
        return Task.CompletedTask;
    }
}
