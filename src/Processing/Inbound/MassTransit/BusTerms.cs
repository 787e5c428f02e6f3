using RabbitMQ.Client;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>How a bus connects, and how it declares its queues.</summary>
sealed record BusTerms
{
    /// <summary>Is told the connection over which messages come; null: nobody asks.</summary>
    public Action<IConnection>? Connected { get; init; }

    public TimeSpan Heartbeat { get; init; } = BrokerConnection.Heartbeat;

    public QueueSizes Sizes { get; init; } = new();

    /// <summary>From then on it makes no connection, however long it takes to end.</summary>
    public CancellationToken GivenUp { get; init; }
}
