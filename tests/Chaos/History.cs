namespace Reversals.Tests.Chaos;

/// <summary>What the sender knows of one publish.</summary>
enum SendOutcome
{
    /// <summary>The broker confirmed it.</summary>
    Ok,

    /// <summary>The broker gave it back: it is nowhere.</summary>
    Fail,

    /// <summary>The connection was lost before the answer: it may be there or not.</summary>
    Info,
}

/// <summary>
/// One publish. Authentic: signed with a key of a known client. The rest is what the sender meant; null when
/// the body holds no such thing.
/// </summary>
sealed record Sent
{
    public required int Number { get; init; }
    public required string Class { get; init; }
    public string? ClientId { get; init; }
    public required byte[] Body { get; init; }
    public string? Signature { get; init; }
    public required bool Authentic { get; init; }
    public required bool WellFormed { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public decimal? Amount { get; init; }
    public string? VirtualAccount { get; init; }
    public DateTimeOffset SentAt { get; init; }
    public SendOutcome Outcome { get; init; }
}

/// <summary>One event at the tap.</summary>
sealed record Heard
{
    public required DateTimeOffset At { get; init; }
    public required string Exchange { get; init; }
    public required byte[] Body { get; init; }

    /// <summary>The message-id.</summary>
    public required string EventId { get; init; }

    public required bool Replayed { get; init; }
    public string? ClientId { get; init; }
}

/// <summary>
/// A broken invariant: number 1–11, what is wrong in one line, the reference it is about (null: none), and
/// the lines of history that show it.
/// </summary>
sealed record Finding
{
    public required int Invariant { get; init; }
    public required string Text { get; init; }
    public string? ReferenceId { get; init; }
    public required IReadOnlyList<string> History { get; init; }
}
