using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Reversals.Processing.Outbound;

/// <summary>A channel that numbers what is sent and hands each of the broker's answers to its wave.</summary>
sealed class ConfirmChannel : IAsyncDisposable
{
    readonly IChannel _channel;
    ConfirmBatch? _wave;

    ConfirmChannel(IChannel channel, Func<Task> closed)
    {
        _channel = channel;
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, PublishOutcome.Confirmed);
        channel.BasicNacksAsync += (_, nack) =>
            Settle(nack.DeliveryTag, nack.Multiple, PublishOutcome.Refused);
        channel.BasicReturnAsync += (_, returned) =>
        {
            _wave?.Returned(returned.BasicProperties.MessageId);
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) =>
        {
            _wave?.Abandon();
            return closed();
        };
    }

    /// <summary>Why it was closed; null while it is open.</summary>
    internal ShutdownEventArgs? CloseReason => _channel.CloseReason;

    /// <param name="connection">Open.</param>
    /// <param name="closed">Told when the channel is closed.</param>
    /// <param name="stop">Gives up.</param>
    internal static async Task<ConfirmChannel> OpenAsync(
        IConnection connection, Func<Task> closed, CancellationToken stop) =>
        new(
            await connection.CreateChannelAsync(
                // The library's own tracking would add a header of its own to each event, and a task.
                new CreateChannelOptions(
                    publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false),
                stop),
            closed);

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    internal Task DeclareAsync(string exchange, CancellationToken stop) =>
        _channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: stop);

    /// <summary>From now on answers belong to this wave.</summary>
    internal async Task BeginAsync(ConfirmBatch wave, CancellationToken giveUp)
    {
        wave.FirstTag = await _channel.GetNextPublishSequenceNumberAsync(giveUp);
        _wave = wave;
    }

    internal ValueTask SendAsync(
        string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        _channel.BasicPublishAsync(exchange, routingKey: "", mandatory: true, properties, body, giveUp);

    Task Settle(ulong tag, bool multiple, PublishOutcome outcome)
    {
        _wave?.Confirm(tag, multiple, outcome);
        return Task.CompletedTask;
    }
}
