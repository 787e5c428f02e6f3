namespace Reversals.Worker.Outbound;

/// <summary>What became of one publish.</summary>
enum PublishOutcome
{
    /// <summary>No answer in time, or none any more: it may or may not be there.</summary>
    Unknown,

    /// <summary>The broker has it safely.</summary>
    Confirmed,

    /// <summary>Nobody is bound for it.</summary>
    Unroutable,

    /// <summary>The broker refused it: some queue is full. The other queues have it.</summary>
    Refused,

    /// <summary>The broker closes the channel over this event: it is larger than it takes.</summary>
    Unacceptable,
}
