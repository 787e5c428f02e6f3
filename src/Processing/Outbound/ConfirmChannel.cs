using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.RabbitMq;

namespace Reversals.Processing.Outbound;

/// <summary>A channel that numbers what is sent and hands each confirm to its batch.</summary>
sealed class ConfirmChannel : IAsyncDisposable
{
    readonly IChannel _channel;
    ConfirmBatch? _batch;

    ConfirmChannel(IChannel channel, Func<Task> closed)
    {
        _channel = channel;
        channel.BasicAcksAsync += (_, ack) =>
            Confirm(ack.DeliveryTag, ack.Multiple, PublishOutcome.Confirmed);
        channel.BasicNacksAsync += (_, nack) =>
            Confirm(nack.DeliveryTag, nack.Multiple, PublishOutcome.Refused);
        channel.BasicReturnAsync += (_, returned) =>
        {
            _batch?.Returned(returned.BasicProperties.MessageId);
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) =>
        {
            _batch?.Abandon();
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
        new(await BrokerConnection.ConfirmingChannelAsync(connection, stop), closed);

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    internal Task DeclareAsync(string exchange, CancellationToken stop) =>
        _channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: stop);

    /// <summary>From now on confirms belong to this batch.</summary>
    internal async Task BeginAsync(ConfirmBatch batch, CancellationToken giveUp)
    {
        batch.FirstTag = await _channel.GetNextPublishSequenceNumberAsync(giveUp);
        _batch = batch;
    }

    internal ValueTask SendAsync(
        string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        _channel.BasicPublishAsync(exchange, routingKey: "", mandatory: true, properties, body, giveUp);

    Task Confirm(ulong tag, bool multiple, PublishOutcome outcome)
    {
        _batch?.Confirm(tag, multiple, outcome);
        return Task.CompletedTask;
    }
}
