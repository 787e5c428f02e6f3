using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>A row of <c>reversals.operator_action</c>.</summary>
sealed record OperatorAction
{
    public required long Id { get; init; }
    public required DateTime At { get; init; }
    public required string Operator { get; init; }
    public required string SignedInAs { get; init; }
    public required string Command { get; init; }
    public required string Target { get; init; }
    public string? Note { get; init; }
    public required long Count { get; init; }
}

/// <summary>Lists what operators did.</summary>
sealed class AuditQuery(PostgresServers database)
{
    /// <summary>The latest actions, newest first.</summary>
    internal Task<List<OperatorAction>> ListAsync(int limit, CancellationToken stop) =>
        Query.ReadAsync<OperatorAction>(database, "list_actions", stop, Parameter.Integer(limit));
}
