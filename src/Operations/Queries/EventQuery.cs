using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>A stored event, without its body.</summary>
sealed record ListedEvent
{
    public required Guid EventId { get; init; }
    public required string Kind { get; init; }
    public required string ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public required string Reason { get; init; }
    public required DateTime OccurredAt { get; init; }
}

/// <summary>How many events of a kind there are, and from when to when.</summary>
sealed record EventCount
{
    public required string Kind { get; init; }
    public required long Count { get; init; }
    public required DateTime First { get; init; }
    public required DateTime Last { get; init; }
}

/// <summary>Lists and counts stored events.</summary>
sealed class EventQuery(PostgresServers database)
{
    /// <summary>The latest that fit, newest first.</summary>
    internal Task<List<ListedEvent>> ListAsync(EventFilter filter, int limit, CancellationToken stop) =>
        Query.ReadAsync<ListedEvent>(
            database, "event_list", stop, [.. Parameters(filter), Parameter.Integer(limit)]);

    /// <summary>How many fit, by kind; a kind of which there are none is left out.</summary>
    internal Task<List<EventCount>> CountAsync(EventFilter filter, CancellationToken stop) =>
        Query.ReadAsync<EventCount>(database, "event_count", stop, Parameters(filter));

    /// <summary>The first five parameters of each statement about a filter.</summary>
    internal static NpgsqlParameter[] Parameters(EventFilter filter) =>
    [
        Parameter.Time(filter.Since), Parameter.Time(filter.Until), Parameter.Text(filter.ClientId),
        Parameter.Text(filter.Kind), Parameter.Uuids(filter.Ids),
    ];
}
