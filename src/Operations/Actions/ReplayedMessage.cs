using Reversals.Operations.Queries;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>What a replay did with one message, or would do.</summary>
enum ReplayOutcome
{
    /// <summary>Sent again; the row is marked as replayed.</summary>
    Sent,

    /// <summary>It would be sent; nothing was done.</summary>
    WouldBeSent,

    /// <summary>The worker would refuse it again, for the cause that is named; left as it is.</summary>
    StillRefused,

    /// <summary>The same request was applied already; left as it is.</summary>
    AlreadyApplied,

    /// <summary>The broker did not take it; left as it is.</summary>
    NotConfirmed,

    /// <summary>Sent again, and quarantined again by a worker, for the cause that is named.</summary>
    CameBack,
}

/// <summary>One message of a replay.</summary>
sealed record ReplayedMessage
{
    public required long Id { get; init; }
    public required ReplayOutcome Outcome { get; init; }
    public string? ClientId { get; init => field = Redactor.Client(value); }
    public string? ReferenceId { get; init; }

    /// <summary>What stands in the way, or the event that it was applied under.</summary>
    public string? Detail { get; init; }

    /// <summary>What the worker would decide now; null: it was not asked about.</summary>
    public string? Decision { get; init; }

    internal bool IsSent => Outcome is ReplayOutcome.Sent or ReplayOutcome.CameBack;

    /// <summary>A worker that had not heard of the resume yet kept it once more.</summary>
    internal bool IsKeptAgain => Outcome is ReplayOutcome.CameBack
        && Detail?.StartsWith(Pause.Cause + ":", StringComparison.Ordinal) == true;

    /// <summary>The same without keys and passwords, for people.</summary>
    internal ReplayedMessage Redacted(Redactor redactor) => this with
    {
        ClientId = redactor.Text(ClientId),
        ReferenceId = redactor.Text(ReferenceId),
        Detail = redactor.Text(Detail),
    };
}
