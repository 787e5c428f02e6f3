using System.Runtime.InteropServices;

namespace Reversals.Processing.Storage;

/// <summary>An event to publish, with the lease on its row.</summary>
sealed record OutboxRow
{
    public required long Id { get; init; }
    public required Guid EventId { get; init; }
    public long? BillId { get; init; }
    public required bool Replayed { get; init; }
    public required string ClientId { get; init; }
    public required byte[] Body { get; init; }
    public string? TraceParent { get; init; }

    /// <summary>Of the request that it answers; a copy answers another one than the event did.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>How often it was tried, this time included; a row that was born leased is new.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>When its request was received; when it was put here, for a row that was claimed.</summary>
    public required DateTime Since { get; init; }
}

/// <summary>What became of claimed rows, by id.</summary>
sealed record Completion
{
    /// <summary>The lease they were claimed under.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>Confirmed: the rows go.</summary>
    public required long[] Confirmed { get; init; }

    /// <summary>Not published: the rows back off and are tried again.</summary>
    public required long[] Failed { get; init; }

    /// <summary>
    /// Refused by the broker: each try gives another copy to the queues that have room, so the rows back
    /// off longer each time.
    /// </summary>
    public RefusedRow[] Refused { get; init; } = [];

    internal int Count => Confirmed.Length + Failed.Length + Refused.Length;

    /// <summary>The rows that back off, and for how long each.</summary>
    internal (long Id, TimeSpan Delay)[] Delayed(RetryDelays delays) =>
    [
        .. Failed.Select(id => (id, delays.Rest)),
        .. Refused.Select(row => (row.Id, delays.AfterRefusal.After(row.Attempts))),
    ];

    /// <summary>None of these was published.</summary>
    internal static Completion AllFailed(Guid leaseId, IEnumerable<OutboxRow> rows) =>
        new() { LeaseId = leaseId, Confirmed = [], Failed = [.. rows.Select(row => row.Id)] };

    /// <summary>Both together, under the one lease of a relay.</summary>
    internal Completion With(Completion? earlier) => earlier is null ? this : this with
    {
        Confirmed = [.. earlier.Confirmed, .. Confirmed],
        Failed = [.. earlier.Failed, .. Failed],
        Refused = [.. earlier.Refused, .. Refused],
    };
}

/// <summary>A row that the broker refused, and how often it was tried.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct RefusedRow(long Id, int Attempts);

/// <summary>How long a row that was not published backs off.</summary>
/// <param name="Rest">After a failure.</param>
/// <param name="AfterRefusal">After a refusal; longer after each.</param>
sealed record RetryDelays(TimeSpan Rest, Backoff AfterRefusal);
