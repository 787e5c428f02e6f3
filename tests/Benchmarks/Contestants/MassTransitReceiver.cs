using MassTransit;
using Microsoft.Extensions.Logging;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Inbound.MassTransit;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>The product's own endpoint with another consumer behind it.</summary>
static class MassTransitReceiver
{
    internal static IBusControl Create(
        WorkerOptions options, ILoggerFactory loggers,
        Func<ReceivedMessage, CancellationToken, Task> consume) =>
        ReceiveBus.Create(options, new Consumer(consume), loggers, new UnacknowledgedCounts());

    /// <summary>What each message is handed to.</summary>
    internal sealed class Consumer(Func<ReceivedMessage, CancellationToken, Task> consume)
        : IConsumer<ReceivedMessage>
    {
        public Task Consume(ConsumeContext<ReceivedMessage> context) =>
            consume(context.Message, context.CancellationToken);
    }
}
