namespace Reversals.Operations.Queries;

/// <summary>How much of one cause is open.</summary>
sealed record QuarantineCause
{
    public required string Cause { get; init; }
    public required long Count { get; init; }
    public required DateTime OldestAt { get; init; }
    public required DateTime NewestAt { get; init; }
}

/// <summary>A message of the quarantine without its content. What it names is read roughly.</summary>
record QuarantineEntry
{
    public required long Id { get; init; }
    public required string Cause { get; init; }
    public required string Detail { get; init; }

    /// <summary>The Client-Id header as it came; a long number cut.</summary>
    public string? ClientId { get; init => field = Redactor.Client(value); }

    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }

    /// <summary>Bytes of the body as it came.</summary>
    public required long Size { get; init; }

    /// <summary>How often the same message came; it is kept once.</summary>
    public required long Times { get; init; }

    /// <summary>When the last copy came; null: kept by an older worker, which kept each.</summary>
    public DateTime? LastReceivedAt { get; init; }

    public DateTime? SentAt { get; init; }
    public required DateTime ReceivedAt { get; init; }

    /// <summary><c>replayed</c> or <c>discarded</c>; null: open.</summary>
    public string? Resolution { get; init; }

    public DateTime? ResolvedAt { get; init; }
    public string? ResolvedBy { get; init; }
    public string? ResolutionNote { get; init; }
}

/// <summary>A message of the quarantine as it came. Not to be shown without <see cref="Redactor"/>.</summary>
sealed record QuarantineDetail : QuarantineEntry
{
    public string? Signature { get; init; }
    public required string Headers { get; init; }

    /// <summary>The exact bytes, or the head of a body that was too large.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Bytes of the body of which only the head is kept; null: it is whole.</summary>
    public long? BodySize { get; init; }

    /// <summary>SHA-256 of that body.</summary>
    public byte[]? BodySha256 { get; init; }

    /// <summary>When all but the references were taken out of it; null: it is as it came.</summary>
    public DateTime? AnonymisedAt { get; init; }
}

/// <summary>One page of a list, and how many there are in all.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Total">Counted up to <see cref="StatusQuery.MostCounted"/>.</param>
sealed record QuarantinePage(IReadOnlyList<QuarantineEntry> Entries, long Total);
