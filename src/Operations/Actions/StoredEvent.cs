using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>A stored event that is to be published once more.</summary>
sealed record StoredEvent
{
    public required Guid EventId { get; init; }
    public required string Kind { get; init; }
    public required string ClientId { get; init; }
    public required byte[] Body { get; init; }
    public string? TraceParent { get; init; }
    public string? CorrelationId { get; init; }
    public required DateTime OccurredAt { get; init; }

    /// <summary>Of the bill as the event shows it; 0: it shows none.</summary>
    public required long BillVersion { get; init; }

    /// <summary>As the relay publishes a copy.</summary>
    internal OutboxRow ToRow() => new()
    {
        Id = 0,
        EventId = EventId,
        Replayed = true,
        ClientId = ClientId,
        Body = Body,
        TraceParent = TraceParent,
        CorrelationId = CorrelationId,
        Since = OccurredAt,
    };
}

/// <summary>What became of a replay.</summary>
sealed record EventReplayed
{
    /// <summary>Events that are safely with the broker, or in the outbox.</summary>
    public required long Published { get; init; }

    /// <summary>The first event that the broker did not take, at which it ended; null: it took all.</summary>
    public DateTime? EndedAt { get; init; }

    /// <summary>Why it ended there; null: it took all.</summary>
    public string? Problem { get; init; }
}
