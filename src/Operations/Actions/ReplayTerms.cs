using Reversals.Operations.Queries;

namespace Reversals.Operations.Actions;

/// <summary>What of the quarantine is to be replayed, and how.</summary>
sealed record ReplayTerms
{
    /// <summary>How long workers may take to decide a portion, when nobody says.</summary>
    internal static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Which messages.</summary>
    public required QuarantineFilter Filter { get; init; }

    /// <summary>Who, and why.</summary>
    public required Operator By { get; init; }

    /// <summary>Most messages to send.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Only says what would happen.</summary>
    public bool IsDry { get; init; }

    /// <summary>Most messages a second; null: as fast as the workers decide them.</summary>
    public int? Rate { get; init; }

    /// <summary>How long the workers may take to decide a portion.</summary>
    public TimeSpan Timeout { get; init; } = UsualTimeout;
}

/// <summary>What was open and fitted when a replay began; nothing that came later is sent.</summary>
sealed record ReplayBound
{
    /// <summary>So many messages.</summary>
    public required long Count { get; init; }

    /// <summary>The highest id of them; 0: there was none.</summary>
    public required long Highest { get; init; }
}

/// <summary>How a replay ended.</summary>
enum ReplayEnd
{
    /// <summary>All that was meant was looked at.</summary>
    Complete,

    /// <summary>Most of a portion was quarantined again, so the rest was not sent.</summary>
    CameBack,

    /// <summary>The workers did not decide a portion in time, so the rest was not sent.</summary>
    Undecided,

    /// <summary>RabbitMQ did not take some of a portion, so the rest was not sent.</summary>
    NotTaken,

    /// <summary>The operator stopped it.</summary>
    Interrupted,
}

/// <summary>What a replay did.</summary>
sealed record ReplayReport
{
    /// <summary>What became of each message that was looked at.</summary>
    public required IReadOnlyList<ReplayedMessage> Messages { get; init; }

    public required ReplayEnd End { get; init; }

    /// <summary>Messages that were meant.</summary>
    public required long Meant { get; init; }

    /// <summary>Why it ended as it did, and what to do, for people.</summary>
    public required string Why { get; init; }

    /// <summary>
    /// Nothing that was meant is left because it ended early: of the last portion nothing may be heard yet.
    /// </summary>
    internal bool IsWhole => End == ReplayEnd.Complete
        || (End == ReplayEnd.Undecided && Messages.Count >= Meant);
}
