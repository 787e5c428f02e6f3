using MassTransit;
using MassTransit.Configuration;

namespace Reversals.Contracts.MassTransit;

/// <summary>Receives the worker's events on a bus of MassTransit.</summary>
public static class ReversalReceiving
{
    /// <summary>
    /// A receive endpoint on the subscriber's own quorum queue. Consumers of <see cref="PaymentReversed"/>
    /// and of <see cref="ReversalRejected"/> each get their own events, a consumer of
    /// <see cref="ReversalEvent"/> gets both; an event that nobody consumes is dropped.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="queue">
    /// The queue, <c>NAME-reversal-events</c>. With <c>queue:NAME</c>, <c>deploy/rabbitmq/definitions.sh</c>
    /// makes it and binds it to both exchanges: MassTransit declares what it binds to, and nobody but the
    /// worker may declare the exchanges.
    /// </param>
    /// <param name="configure">Consumers, prefetch, retries.</param>
    /// <param name="signingKeys">
    /// The worker's <c>Events:SigningKey</c>; while it is being changed either of the two is enough. None:
    /// signatures are not checked.
    /// </param>
    /// <remarks>
    /// What has a wrong signature, or is no event of the worker, goes to the queue's <c>_error</c>.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// The queue has no name, or that of an exchange of the worker; or a key is empty.
    /// </exception>
    public static void ReceiveReversalEvents(
        this IRabbitMqBusFactoryConfigurator bus, string queue,
        Action<IRabbitMqReceiveEndpointConfigurator> configure, params string[] signingKeys)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(configure);
        ArgumentNullException.ThrowIfNull(signingKeys);
        ArgumentException.ThrowIfNullOrWhiteSpace(queue);
        if (queue is Wire.PaymentReversedExchange or Wire.ReversalRejectedExchange or Wire.RequestExchange)
        {
            throw new ArgumentException(
                $"The queue cannot be called {queue}: MassTransit makes an exchange with the same name, and "
                + "the worker has one. Name it after your service, such as ledger-reversal-events.",
                nameof(queue));
        }

        if (Array.Exists(signingKeys, string.IsNullOrEmpty))
        {
            throw new ArgumentException(
                "A signing key is empty, so every event would be refused. Pass the worker's "
                + "Events:SigningKey, or none if signatures are not to be checked.",
                nameof(signingKeys));
        }

        bus.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            // A subscriber has no right to make the exchange that MassTransit would publish them to.
            endpoint.PublishFaults = false;
            endpoint.SetQuorumQueue();
            endpoint.ClearSerialization();
            endpoint.AddSerializer(new SystemTextJsonMessageSerializerFactory());
            endpoint.AddDeserializer(new EventDeserializer(signingKeys), isDefault: true);
            endpoint.DiscardSkippedMessages();
            configure(endpoint);
        });
    }
}
