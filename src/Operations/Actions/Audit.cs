using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Actions;

/// <summary>Who does something, and why.</summary>
sealed record Operator
{
    /// <summary>The person: the user of the system, or whoever signed in to the page; not empty.</summary>
    public required string Name { get; init; }

    /// <summary>Why; null: not said.</summary>
    public string? Note { get; init; }
}

/// <summary>Writes down what an operator does, in the commit that does it.</summary>
static class Audit
{
    /// <summary>Adds a row to the commit that is open on this connection.</summary>
    internal static Task<int> AddAsync(
        NpgsqlConnection connection, Operator by, string command, string target, long count,
        CancellationToken stop) =>
        Query.RunAsync(
            connection, "insert_action", stop,
            Parameter.Text(by.Name), Parameter.Text(command), Parameter.Text(target), Parameter.Text(by.Note),
            Parameter.Bigint(count));
}
