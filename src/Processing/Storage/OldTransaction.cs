namespace Reversals.Processing.Storage;

/// <summary>The oldest transaction that keeps dead rows of this database from being removed.</summary>
sealed record OldTransaction
{
    /// <summary>An hour of dead rows costs disk; below this a report is just running.</summary>
    internal static readonly TimeSpan Noticeable = TimeSpan.FromMinutes(15);

    /// <summary>Session or prepared transaction, for people.</summary>
    public required string Holder { get; init; }

    /// <summary>When it began.</summary>
    public required DateTime Since { get; init; }
}
