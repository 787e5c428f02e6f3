using Dapper;
using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>The result of one statement of a batch.</summary>
static class ResultSet
{
    /// <summary>All of its rows; columns are matched with properties by name.</summary>
    internal static async Task<List<T>> ReadAsync<T>(NpgsqlDataReader reader, CancellationToken stop)
    {
        var parse = reader.GetRowParser<T>();
        var rows = new List<T>();
        while (await reader.ReadAsync(stop))
        {
            rows.Add(parse(reader));
        }

        return rows;
    }

    /// <summary>Whether this result has a column: tells the results of a batch apart.</summary>
    internal static bool Has(NpgsqlDataReader reader, string column) =>
        Enumerable.Range(0, reader.FieldCount)
            .Any(place => string.Equals(reader.GetName(place), column, StringComparison.Ordinal));
}
