namespace Reversals.RabbitMq;

/// <summary>What became of a message.</summary>
enum PublishResult
{
    /// <summary>The broker has it safely.</summary>
    Confirmed,

    /// <summary>The broker refused it: a full queue, a missing exchange or right. Nobody has it.</summary>
    Refused,

    /// <summary>No queue is bound. Nobody has it.</summary>
    Unroutable,

    /// <summary>It never left this process.</summary>
    NotSent,

    /// <summary>The connection broke before the broker answered: somebody may have it.</summary>
    Unknown,
}
