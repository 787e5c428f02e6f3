using MassTransit;
using Microsoft.Extensions.Logging;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Inbound.MassTransit;
using Reversals.RabbitMq;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// The product's endpoint as MassTransit itself would run it: a loop for each message in flight and an
/// acknowledgement for each outcome. Socket, reading and prefetch are those of <see cref="ReceiveBus"/>.
/// </summary>
static class StockReceiver
{
    internal static IBusControl Create(
        WorkerOptions options, ILoggerFactory loggers, Func<ReceivedMessage, CancellationToken, Task> consume)
    {
        LogContext.ConfigureCurrentLogContext(loggers);
        return Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.Host(new Uri(options.ConnectionStrings.RabbitMq), "bench-consume", host =>
                host.OnRefreshConnectionFactory = factory =>
                {
                    factory.SocketFactory = family => new HeaderSanitizingTcpClient(family, tls: null);
                    return Task.CompletedTask;
                });
            bus.ClearSerialization();
            bus.AddSerializer(new OpaqueDeserializer());
            bus.AddDeserializer(new OpaqueDeserializer(), isDefault: true);
            bus.ReceiveEndpoint(Wire.RequestQueue, endpoint =>
            {
                endpoint.PrefetchCount = options.Inbound.PrefetchFor(options.Batching);
                endpoint.ConcurrentMessageLimit = endpoint.PrefetchCount;
                endpoint.ConfigureConsumeTopology = false;
                endpoint.PublishFaults = false;
                endpoint.SetQuorumQueue();
                foreach (var (name, value) in Topology.RequestArguments)
                {
                    endpoint.SetQueueArgument(name, value!);
                }

                endpoint.Instance(new MassTransitReceiver.Consumer(consume));
            });
        });
    }
}
