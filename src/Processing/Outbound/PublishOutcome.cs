namespace Reversals.Processing.Outbound;

/// <summary>What became of one publish.</summary>
enum PublishOutcome
{
    /// <summary>The connection is gone, or it was not sent: as a rule it is not there.</summary>
    Unknown,

    /// <summary>The broker has it safely.</summary>
    Confirmed,

    /// <summary>Nobody is bound for it.</summary>
    Unroutable,

    /// <summary>The broker refused it: some queue is full. The other queues have it.</summary>
    Refused,

    /// <summary>
    /// No answer in time on a channel that is open: some queue does not answer, as a rule because it has no
    /// leader. The other queues may have it.
    /// </summary>
    Unanswered,

    /// <summary>The broker closes the channel over this event: it is larger than it takes.</summary>
    Unacceptable,
}
