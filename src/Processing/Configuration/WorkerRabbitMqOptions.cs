using Reversals.RabbitMq;

namespace Reversals.Processing.Configuration;

/// <summary>The way to RabbitMQ, and what the worker's queues are there.</summary>
sealed record WorkerRabbitMqOptions : RabbitMqOptions
{
    /// <summary>
    /// Nodes of the cluster that keep a queue the worker makes, 1–9; one that is there keeps its own. Null
    /// (default): as many as the broker gives it, three, or all it has.
    /// </summary>
    [Between(1, 9)]
    public int? QueueMembers { get; init; }

    /// <summary>
    /// Where the management plugin of each node listens, 1–65,535: it tells <c>check</c> and <c>status</c>
    /// the members of the queues. Null (default): 15672, with <c>amqps://</c> 15671, and only several nodes
    /// are asked.
    /// </summary>
    [Between(1, 65_535)]
    public int? ManagementPort { get; init; }

    /// <summary>The way to this address.</summary>
    internal BrokerOptions WorkerAt(string address) => At(address) with
    {
        QueueMembers = QueueMembers, ManagementPort = ManagementPort,
    };
}
