using MassTransit;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// Where MassTransit ends: hands each delivery to the handler. When this returns, MassTransit acknowledges.
/// </summary>
sealed class ReversalConsumer(MessageHandler handler) : IConsumer<ReceivedMessage>
{
    public Task Consume(ConsumeContext<ReceivedMessage> context) =>
        handler.HandleAsync(context.Message, context.CancellationToken);
}
