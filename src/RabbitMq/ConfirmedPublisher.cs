using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Reversals.RabbitMq;

/// <summary>What became of a message.</summary>
enum PublishResult
{
    /// <summary>The broker has it safely.</summary>
    Confirmed,

    /// <summary>The broker refused it: a full queue, a missing exchange or right. Nobody has it.</summary>
    Refused,

    /// <summary>No queue is bound. Nobody has it.</summary>
    Unroutable,

    /// <summary>It never left this process.</summary>
    NotSent,

    /// <summary>The connection broke before the broker answered: somebody may have it.</summary>
    Unknown,
}

/// <summary>
/// Publishes bodies byte by byte as they are, many at once, and knows of each whether the broker has it
/// safely. The numbers of the confirms are kept here, because the library's own tracking adds a header.
/// </summary>
sealed class ConfirmedPublisher : IAsyncDisposable
{
    readonly IChannel _channel;
#pragma warning disable CA2213 // To dispose it would leave those who wait for their turn without an end.
    readonly SemaphoreSlim _turn = new(1);
#pragma warning restore CA2213
    readonly Dictionary<ulong, Sent> _waiting = [];
    readonly Lock _gate = new();
    readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ulong _oldest = 1;
    bool _isClosed;

    ConfirmedPublisher(IChannel channel)
    {
        _channel = channel;
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, PublishResult.Confirmed);
        channel.BasicNacksAsync += (_, nack) =>
            Settle(nack.DeliveryTag, nack.Multiple, PublishResult.Refused);
        channel.BasicReturnAsync += (_, back) => ReturnedAsync(back.BasicProperties.MessageId);
        channel.ChannelShutdownAsync += (_, reason) => ClosedAsync(reason);
    }

    /// <summary>Done when the broker or the network has closed it, with the reason.</summary>
    internal Task<string> Closed => _closed.Task;

    internal static async Task<ConfirmedPublisher> OpenAsync(
        IConnection connection, CancellationToken stop) =>
        new(await BrokerConnection.ConfirmingChannelAsync(connection, stop));

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    /// <summary>Publishes, mandatory, and waits for the broker's answer for as long as that takes.</summary>
    /// <param name="exchange">Where to.</param>
    /// <param name="properties">With a message-id that no other message on its way has.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="giveUp">Not sent any more; whatever was sent is waited for.</param>
    internal async Task<PublishResult> PublishAsync(
        string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp)
    {
        var sent = new Sent(properties.MessageId);
        try
        {
            await _turn.WaitAsync(giveUp);
        }
        catch (OperationCanceledException)
        {
            return PublishResult.NotSent;
        }

        try
        {
            await SendAsync(sent, exchange, properties, body);
        }
        finally
        {
            _turn.Release();
        }

        return await sent.Done.Task;
    }

    async Task SendAsync(
        Sent sent, string exchange, BasicProperties properties, ReadOnlyMemory<byte> body)
    {
        try
        {
            var tag = await _channel.GetNextPublishSequenceNumberAsync();
            lock (_gate)
            {
                if (_isClosed)
                {
                    sent.Done.TrySetResult(PublishResult.NotSent);
                    return;
                }

                _waiting[tag] = sent;
            }

            await _channel.BasicPublishAsync(exchange, routingKey: "", mandatory: true, properties, body);
        }
        catch (AlreadyClosedException)
        {
            // Closed before anything was written.
            sent.Done.TrySetResult(PublishResult.NotSent);
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            sent.Done.TrySetResult(PublishResult.Unknown);
        }
    }

    Task Settle(ulong tag, bool multiple, PublishResult result)
    {
        lock (_gate)
        {
            for (var one = multiple ? _oldest : tag; one <= tag; one++)
            {
                if (_waiting.Remove(one, out var sent))
                {
                    sent.Done.TrySetResult(result);
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
            foreach (var sent in _waiting.Values)
            {
                if (string.Equals(sent.MessageId, messageId, StringComparison.Ordinal))
                {
                    sent.Done.TrySetResult(PublishResult.Unroutable);
                }
            }
        }

        return Task.CompletedTask;
    }

    Task ClosedAsync(ShutdownEventArgs reason)
    {
        // Without the exchange or the right to write to it. The broker does not say which message found that
        // out; those before it may have been taken, so only the last one certainly was not.
        var isRefused = reason is
        {
            Initiator: ShutdownInitiator.Peer,
            ReplyCode: Constants.AccessRefused or Constants.NotFound,
        };
        lock (_gate)
        {
            _isClosed = true;
            var last = _waiting.Count > 0 ? _waiting.Keys.Max() : 0;
            foreach (var (tag, sent) in _waiting)
            {
                sent.Done.TrySetResult(
                    isRefused && tag == last ? PublishResult.Refused : PublishResult.Unknown);
            }

            _waiting.Clear();
        }

        _closed.TrySetResult(BrokerConnection.Explain(reason));
        return Task.CompletedTask;
    }

    sealed record Sent(string? MessageId)
    {
        internal TaskCompletionSource<PublishResult> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
