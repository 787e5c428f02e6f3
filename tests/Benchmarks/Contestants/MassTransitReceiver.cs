using MassTransit;
using Microsoft.Extensions.Logging;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound.MassTransit;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>The product's own endpoint with another consumer behind it.</summary>
static class MassTransitReceiver
{
    internal static IBusControl Create(
        WorkerOptions options, ILoggerFactory loggers, Func<ReversalRequested, Task> consume) =>
        ReceiveBus.Create(options, new Consumer(consume), loggers, new UnacknowledgedCounts());

    sealed class Consumer(Func<ReversalRequested, Task> consume) : IConsumer<ReversalRequested>
    {
        public Task Consume(ConsumeContext<ReversalRequested> context) => consume(context.Message);
    }
}
