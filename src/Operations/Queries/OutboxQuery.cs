using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>An event that waits to be published.</summary>
sealed record WaitingEvent
{
    public required string Kind { get; init; }
    public required long Id { get; init; }
    public required Guid EventId { get; init; }
    public long? BillId { get; init; }
    public required bool Replayed { get; init; }
    public required DateTime EnqueuedAt { get; init; }
    public required int Attempts { get; init; }

    /// <summary>A worker has claimed it and publishes it.</summary>
    public required bool IsLeased { get; init; }

    /// <summary>No worker claims it before this time; null: the next claim does.</summary>
    public DateTime? HeldUntil { get; init; }

    public string? ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public string? Reason { get; init; }
}

/// <summary>Lists what waits to be published.</summary>
sealed class OutboxQuery(PostgresServers database)
{
    /// <summary>The oldest that wait, of one kind or of both.</summary>
    internal Task<List<WaitingEvent>> ListAsync(string? kind, int limit, CancellationToken stop) =>
        Query.ReadAsync<WaitingEvent>(
            database, "outbox_list", stop, Parameter.Text(kind), Parameter.Integer(limit));
}
