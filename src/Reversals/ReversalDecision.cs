using Reversals.Contracts;

namespace Reversals;

/// <summary>What is to be done about one request. A closed set: applied, rejected, duplicate,
/// told before or no answer.</summary>
public abstract record ReversalDecision
{
    private protected ReversalDecision()
    {
    }
}

/// <summary>The reversal takes effect.</summary>
public sealed record Applied : ReversalDecision
{
    /// <summary>
    /// <see cref="Contracts.Reason.Reversed"/> or <see cref="Contracts.Reason.PartiallyReversed"/>.
    /// </summary>
    public required Reason Reason { get; init; }

    /// <summary>The bill afterwards.</summary>
    public required Bill Bill { get; init; }

    /// <summary>The payment afterwards.</summary>
    public required BillPayment Payment { get; init; }

    /// <summary>What is taken.</summary>
    public required decimal Amount { get; init; }
}

/// <summary>A business no.</summary>
public sealed record Rejected : ReversalDecision
{
    /// <summary>Why.</summary>
    public required Rejection Rejection { get; init; }

    /// <summary>The bill as it is; null when no bill of the client's was found, or several.</summary>
    public Bill? Bill { get; init; }

    /// <summary>The payment as it is; null when none was found, or several.</summary>
    public BillPayment? Payment { get; init; }

    /// <summary>Until when the payment is waited for; null: this is the last word.</summary>
    public DateTimeOffset? PendingUntil { get; init; }
}

/// <summary>The same request again: it gets the stored answer again.</summary>
public sealed record Duplicate : ReversalDecision
{
    /// <summary>What was applied the first time.</summary>
    public required StoredReversal Reversal { get; init; }
}

/// <summary>
/// The same message again, or an older one of a key, and it was refused for good before: whoever sent it was
/// told so, and is not to find it applied later. It gets the stored answer again.
/// </summary>
public sealed record ToldBefore : ReversalDecision
{
    /// <summary>The event that said no.</summary>
    public required Guid EventId { get; init; }

    /// <summary>The bill that it is about now; null: none is found, or several.</summary>
    public long? BillId { get; init; }
}

/// <summary>
/// Only for a remembered request: its payment is still to come, or it was answered meanwhile. No event.
/// </summary>
public sealed record NoEvent : ReversalDecision
{
    /// <summary>Whether it need not be remembered any longer.</summary>
    public required bool EndsPending { get; init; }
}

/// <summary>What a client may choose about its reversals.</summary>
public sealed record ClientPolicy
{
    /// <summary>State of a bill with nothing paid: <c>active</c> (default) or <c>reversal</c>.</summary>
    public BillStatus StatusAfterReversal { get; init; } = BillStatus.Active;

    /// <summary>Longest time from payment to request; null (the default): no limit.</summary>
    public TimeSpan? ReversalWindow { get; init; }

    /// <summary>How long a request waits for its payment to appear; zero: not at all. Default 24 h.</summary>
    public TimeSpan PendingFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far the clocks of the sender and of who records payments differ. Default 5 s.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(5);
}
