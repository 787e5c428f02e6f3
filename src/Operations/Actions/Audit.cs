using Npgsql;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Actions;

/// <summary>Who does something by hand, and why.</summary>
sealed record Operator
{
    /// <summary>The person: the user of the system, or whoever signed in to the page; not empty.</summary>
    public required string Name { get; init; }

    /// <summary>Why; null: not said.</summary>
    public string? Note { get; init; }
}

/// <summary>A row of <c>reversals.operator_action</c>.</summary>
sealed record OperatorAction
{
    public required long Id { get; init; }
    public required DateTime At { get; init; }
    public required string Operator { get; init; }
    public required string SignedInAs { get; init; }
    public required string Verb { get; init; }
    public required string Target { get; init; }
    public string? Note { get; init; }
    public required long Count { get; init; }
}

/// <summary>Writes down what people do, in the commit that does it.</summary>
sealed class Audit(NpgsqlDataSource database)
{
    /// <summary>The latest actions, newest first.</summary>
    internal Task<List<OperatorAction>> ListAsync(int limit, CancellationToken stop) =>
        Query.ReadAsync<OperatorAction>(database, "list_actions", stop, Query.Number(limit));

    /// <summary>Adds a row to the commit that is open on this connection.</summary>
    internal static Task<int> AddAsync(
        NpgsqlConnection connection, Operator by, string verb, string target, long count,
        CancellationToken stop) =>
        Query.RunAsync(
            connection, "insert_action", stop,
            Query.Text(by.Name), Query.Text(verb), Query.Text(target), Query.Text(by.Note), Query.Id(count));
}
