using System.Text.Json.Serialization;

namespace Reversals.Operations.Queries;

/// <summary>A payment with its bill, without the customer.</summary>
sealed record PaymentState
{
    public required long Id { get; init; }
    public required long BillId { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public string? Channel { get; init; }
    public required decimal Amount { get; init; }
    public required decimal ReversedAmount { get; init; }
    public required DateTime PaidAt { get; init; }
    public required string BillType { get; init; }
    public required string BillStatus { get; init; }
    public required decimal BillTotal { get; init; }
    public required decimal BillPaid { get; init; }
    public required long BillVersion { get; init; }
}

/// <summary>A row of <c>reversals.reversal</c>.</summary>
sealed record AppliedReversal
{
    public required string ClientId { get; init; }
    public required string ReferenceId { get; init; }
    public required long PaymentId { get; init; }
    public required long BillId { get; init; }
    public required decimal Amount { get; init; }
    public required Guid EventId { get; init; }
    public required DateTime ReversedAt { get; init; }
}

/// <summary>A stored event, with those fields of its body that are nobody's secret.</summary>
record DecisionEvent
{
    public required Guid EventId { get; init; }
    public required string Kind { get; init; }
    public required string ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public required string Rc { get; init; }
    public required string Reason { get; init; }
    public required DateTime OccurredAt { get; init; }
    public string? Message { get; init; }
    public decimal? Amount { get; init; }
    public decimal? Remaining { get; init; }

    /// <summary>Until then the request waits for its payment; null: it does not.</summary>
    public DateTimeOffset? PendingUntil { get; init; }

    /// <summary>When what is about a customer was taken out of it; null: it was not.</summary>
    public DateTime? AnonymisedAt { get; init; }

    /// <summary>The same for people.</summary>
    internal string Anonymised => AnonymisedAt is { } at
        ? string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $" What it said about a customer was taken out of it at {at:u}.")
        : "";
}

/// <summary>A request that waits for its payment.</summary>
sealed record PendingRequest
{
    public required long Id { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public decimal? Amount { get; init; }
    public string? Channel { get; init; }
    public required DateTime SentAt { get; init; }
    public required DateTime PendingUntil { get; init; }
}

/// <summary>All that is known of a name, each list capped at <see cref="ReferenceSearch.Most"/>.</summary>
sealed record ReferenceHistory
{
    /// <summary>What was asked for.</summary>
    [JsonPropertyName("sought")]
    public required string Query { get; init; }

    public IReadOnlyList<PaymentState> Payments { get; init; } = [];
    public IReadOnlyList<AppliedReversal> Reversals { get; init; } = [];

    [JsonPropertyName("answers")]
    public IReadOnlyList<DecisionEvent> Events { get; init; } = [];
    public IReadOnlyList<WaitingEvent> Waiting { get; init; } = [];
    public IReadOnlyList<QuarantineEntry> Quarantined { get; init; } = [];
    public IReadOnlyList<PendingRequest> Pending { get; init; } = [];

    /// <summary>What was applied before, and is why one of <see cref="Events"/> is a rejection.</summary>
    public IReadOnlyList<EarlierReversal> Earlier { get; init; } = [];

    /// <summary>Something is known of it.</summary>
    public bool Known =>
        Payments.Count + Reversals.Count + Events.Count + Quarantined.Count + Pending.Count > 0;

    /// <summary>Where it was looked for.</summary>
    public string Searched { get; init; } = ReferenceSearch.Searched;

    /// <summary>The same in the order in which it happened.</summary>
    public IReadOnlyList<TimelineEntry> Timeline => TimelineEntry.Of(this);
}
