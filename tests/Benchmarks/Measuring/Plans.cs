using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>How the server finds the rows of each statement of the worker, in the books as they are.</summary>
static partial class Plans
{
    static readonly (string Name, string Text)[] Statements =
    [
        (nameof(Sql.LockBills), Sql.LockBills),
        (nameof(Sql.ReadPayments), Sql.ReadPayments),
        (nameof(Sql.ReadReversals), Sql.ReadReversals),
        (nameof(Sql.UpdateBills), Sql.UpdateBills),
        (nameof(Sql.UpdatePayments), Sql.UpdatePayments),
        (nameof(Sql.InsertReversals), Sql.InsertReversals),
        (nameof(Sql.InsertOutbox), Sql.InsertOutbox),
        (nameof(Sql.ClaimOutbox), Sql.ClaimOutbox),
        (nameof(Sql.CompleteOutbox), Sql.CompleteOutbox),
    ];

    /// <summary>The plans that the worker's sessions keep, by statement.</summary>
    internal static async Task<Dictionary<string, string[]>> ReadAsync(string connectionString)
    {
        await using var source = Database.Open(connectionString, NullLoggerFactory.Instance);
        await using var database = await source.OpenConnectionAsync(CancellationToken.None);
        var plans = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (name, text) in Statements)
        {
            // Generic plans do not depend on the values.
            var values = Enumerable.Repeat("null", Parameter().Matches(text).Select(match => match.Value)
                .Distinct(StringComparer.Ordinal).Count());
            await database.ExecuteAsync($"PREPARE {name} AS {text}");
            plans[name] =
            [
                .. await database.QueryAsync<string>(
                    $"EXPLAIN (COSTS off) EXECUTE {name} ({string.Join(", ", values)})"),
            ];
        }

        NpgsqlConnection.ClearPool(database);
        return plans;
    }

    [GeneratedRegex(@"\$[0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
