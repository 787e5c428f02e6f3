using MassTransit;
using MassTransit.Middleware;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// The consuming bus: one connection, one quorum queue and its dead letters, one consumer without a scope per
/// message. MassTransit declares and binds the two queues, opens the connection and its channels, limits the
/// prefetch, calls the consumer for each delivery, acknowledges when it returns, gives back when it throws,
/// and waits at a stop for what is in flight. It reads no body and no header
/// (<see cref="OpaqueDeserializer"/>), moves nothing to <c>_error</c> or <c>_skipped</c>, retries nothing and
/// publishes nothing: what a message means is decided behind <see cref="ReversalConsumer"/>,
/// <see cref="ConsumerSupervisor"/> reconnects, and events leave through the relay.
/// </summary>
static class ReceiveBus
{
    /// <param name="options">Where and how.</param>
    /// <param name="consumer">What takes the messages.</param>
    /// <param name="loggers">For MassTransit.</param>
    /// <param name="counts">Where it is counted what is taken and not acknowledged.</param>
    /// <param name="terms">How it connects and declares; null: as to a single node.</param>
    internal static IBusControl Create<TConsumer>(
        WorkerOptions options, TConsumer consumer, ILoggerFactory loggers, UnacknowledgedCounts counts,
        BusTerms? terms = null)
        where TConsumer : class, IConsumer<ReceivedMessage>
    {
        LogContext.ConfigureCurrentLogContext(loggers);
        terms ??= new BusTerms();
        return Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            var address = new Uri(options.ConnectionStrings.RabbitMq);
            bus.Host(address, "reversals-consume", host =>
            {
                host.Heartbeat(terms.Heartbeat);
                host.RequestedConnectionTimeout(BrokerConnection.Timeout);
                host.OnRefreshConnectionFactory = factory =>
                {
                    terms.GivenUp.ThrowIfCancellationRequested();
                    var own = BrokerConnection.Factory(options.Broker, "reversals-consume");
                    var tls = BrokerConnection.IsEncrypted(address) ? own.Ssl : null;
                    factory.SocketFactory = family => new HeaderSanitizingTcpClient(family, tls);
                    factory.Ssl.Enabled = false;
                    factory.AuthMechanisms = own.AuthMechanisms;
                    factory.ContinuationTimeout = BrokerConnection.Timeout;
                    return Task.CompletedTask;
                };
            });
            bus.ClearSerialization();
            bus.AddSerializer(new OpaqueDeserializer());
            bus.AddDeserializer(new OpaqueDeserializer(), isDefault: true);
            bus.ReceiveEndpoint(Wire.RequestQueue, endpoint =>
            {
                endpoint.PrefetchCount = options.Inbound.PrefetchFor(options.Batching);
                Configure(endpoint, consumer, terms.Connected, counts.Requests);

                Shape(endpoint, Topology.RequestArguments, terms.Sizes.Requests);
                endpoint.BindDeadLetterQueue(
                    Wire.DeadLetterQueue, Wire.DeadLetterQueue,
                    queue => Shape(queue, Topology.DeadLetterArguments, terms.Sizes.DeadLetters));
            });
            bus.ReceiveEndpoint(Wire.DeadLetterQueue, endpoint =>
            {
                // One at a time: if it was a message that made the workers die, its neighbours are spared.
                endpoint.PrefetchCount = 1;
                Configure(endpoint, consumer, terms.Connected, counts.DeadLetters);
                Shape(endpoint, Topology.DeadLetterArguments, terms.Sizes.DeadLetters);
            });
        });
    }

    static void Configure<TConsumer>(
        IRabbitMqReceiveEndpointConfigurator endpoint, TConsumer consumer, Action<IConnection>? connected,
        Unacknowledged count)
        where TConsumer : class, IConsumer<ReceivedMessage>
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;

        // One reading loop; the prefetch count alone limits what is in flight: ConcurrentDispatchChannel.
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.ConfigureChannel(channel =>
            channel.UseFilter(new ConcurrentDispatchChannel.Filter(connected, count)));

        // The consumer throws only to give a message back. Stock error handling would move it to _error.
        endpoint.ConfigureError(pipe =>
        {
            pipe.UseFilter(new GenerateFaultFilter());
            pipe.UseFilter(new GiveBackFilter());
        });
        endpoint.Instance(consumer);
    }

    static void Shape(
        IRabbitMqQueueConfigurator queue, Dictionary<string, object?> arguments, int? members)
    {
        queue.SetQuorumQueue();
        foreach (var (name, value) in QueueSizes.With(arguments, members))
        {
            queue.SetQueueArgument(name, value!);
        }
    }

    /// <summary>Whatever went wrong, the message goes back to the broker.</summary>
    sealed class GiveBackFilter : IFilter<ExceptionReceiveContext>
    {
        public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) =>
            Task.FromException(context.Exception);

        public void Probe(ProbeContext context) => context.CreateFilterScope("give-back");
    }
}
