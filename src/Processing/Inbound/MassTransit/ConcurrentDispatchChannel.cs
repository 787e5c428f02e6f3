using MassTransit;
using MassTransit.Middleware;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// Lets one reading loop have any number of messages in flight. MassTransit gives each message in flight a
/// loop of its own, and the client library wakes every idle loop for every delivery: with a thousand loops a
/// quiet worker spends its time waking them. Here the one loop only begins each message; and the
/// acknowledgements of a batch, which come all at once, leave as one. Everything else is passed on.
/// </summary>
sealed class ConcurrentDispatchChannel(ChannelContext inner, Unacknowledged count)
    : ProxyPipeContext(inner), ChannelContext
{
    readonly AckCoalescer _acknowledgements = new(inner);

    public IChannel Channel => inner.Channel;

    public ConnectionContext ConnectionContext => inner.ConnectionContext;

    public Task<string> BasicConsume(
        string queue, bool noAck, bool exclusive, IDictionary<string, object> arguments,
        IAsyncBasicConsumer consumer, string consumerTag, CancellationToken cancellationToken) =>
        inner.BasicConsume(
            queue, noAck, exclusive, arguments, new DispatchingConsumer(consumer, count), consumerTag,
            cancellationToken);

    public ValueTask BasicAck(ulong deliveryTag, bool multiple, CancellationToken cancellationToken) =>
        new(_acknowledgements.AddAsync(deliveryTag));

    public async Task BasicNack(
        ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken)
    {
        await inner.BasicNack(deliveryTag, multiple, requeue, cancellationToken);
        _acknowledgements.Skip(deliveryTag);
    }

    public Task BasicPublishAsync(
        string exchange, string routingKey, bool mandatory, BasicProperties basicProperties, byte[] body,
        bool awaitAck, CancellationToken cancellationToken) =>
        inner.BasicPublishAsync(
            exchange, routingKey, mandatory, basicProperties, body, awaitAck, cancellationToken);

    public Task ExchangeBind(
        string destination, string source, string routingKey, IDictionary<string, object> arguments,
        CancellationToken cancellationToken) =>
        inner.ExchangeBind(destination, source, routingKey, arguments, cancellationToken);

    public Task ExchangeDeclare(
        string exchange, string type, bool durable, bool autoDelete, IDictionary<string, object> arguments,
        CancellationToken cancellationToken) =>
        inner.ExchangeDeclare(exchange, type, durable, autoDelete, arguments, cancellationToken);

    public Task ExchangeDeclarePassive(string exchange, CancellationToken cancellationToken) =>
        inner.ExchangeDeclarePassive(exchange, cancellationToken);

    public Task QueueBind(
        string queue, string exchange, string routingKey, IDictionary<string, object> arguments,
        CancellationToken cancellationToken) =>
        inner.QueueBind(queue, exchange, routingKey, arguments, cancellationToken);

    public Task<QueueDeclareOk> QueueDeclare(
        string queue, bool durable, bool exclusive, bool autoDelete, IDictionary<string, object> arguments,
        CancellationToken cancellationToken) =>
        inner.QueueDeclare(queue, durable, exclusive, autoDelete, arguments, cancellationToken);

    public Task<QueueDeclareOk> QueueDeclarePassive(string queue, CancellationToken cancellationToken) =>
        inner.QueueDeclarePassive(queue, cancellationToken);

    public Task<uint> QueuePurge(string queue, CancellationToken cancellationToken) =>
        inner.QueuePurge(queue, cancellationToken);

    public Task BasicQos(
        uint prefetchSize, ushort prefetchCount, bool global, CancellationToken cancellationToken) =>
        inner.BasicQos(prefetchSize, prefetchCount, global, cancellationToken);

    public Task BasicCancel(string consumerTag, CancellationToken cancellationToken) =>
        inner.BasicCancel(consumerTag, cancellationToken);

    public void NotifyFaulted(Exception exception, Uri inputAddress) =>
        inner.NotifyFaulted(exception, inputAddress);

    /// <summary>Puts itself before the filter that begins to consume.</summary>
    internal sealed class Filter(Action<IConnection>? connected, Unacknowledged count)
        : IFilter<ChannelContext>
    {
        public Task Send(ChannelContext context, IPipe<ChannelContext> next)
        {
            connected?.Invoke(context.ConnectionContext.Connection);
            return next.Send(new ConcurrentDispatchChannel(context, count));
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("concurrent-dispatch");
    }

    /// <summary>Begins a delivery and does not wait for its end.</summary>
    sealed class DispatchingConsumer(IAsyncBasicConsumer consumer, Unacknowledged count) : IAsyncBasicConsumer
    {
        public IChannel? Channel => consumer.Channel;

        public Task HandleBasicDeliverAsync(
            string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey,
            IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body,
            CancellationToken cancellationToken = default)
        {
            CrashPoint.Reached("before-receive");

            // The library takes its buffer back when this returns.
            // MassTransit's handler catches what goes wrong.
            _ = count.DuringAsync(consumer.HandleBasicDeliverAsync(
                consumerTag, deliveryTag, redelivered, exchange, routingKey, properties, body.ToArray(),
                cancellationToken));
            return Task.CompletedTask;
        }

        public Task HandleBasicCancelAsync(
            string consumerTag, CancellationToken cancellationToken = default) =>
            consumer.HandleBasicCancelAsync(consumerTag, cancellationToken);

        public Task HandleBasicCancelOkAsync(
            string consumerTag, CancellationToken cancellationToken = default) =>
            consumer.HandleBasicCancelOkAsync(consumerTag, cancellationToken);

        public Task HandleBasicConsumeOkAsync(
            string consumerTag, CancellationToken cancellationToken = default) =>
            consumer.HandleBasicConsumeOkAsync(consumerTag, cancellationToken);

        public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) =>
            consumer.HandleChannelShutdownAsync(channel, reason);
    }
}
