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
}
