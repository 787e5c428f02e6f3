using Dapper;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>Reads rows; columns are matched with properties by name.</summary>
static class Rows
{
    /// <summary>All rows of one statement.</summary>
    internal static async Task<List<T>> ReadAsync<T>(
        PostgresServers database, string sql, CancellationToken stop, params NpgsqlParameter[] values)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return await ReadAsync<T>(connection, sql, stop, values);
    }

    /// <inheritdoc cref="ReadAsync{T}(PostgresServers, string, CancellationToken, NpgsqlParameter[])"/>
    internal static async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, string sql, CancellationToken stop, params NpgsqlParameter[] values)
    {
        await using var command = Command(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync(stop);
        return await ReadAsync<T>(reader, stop);
    }

    /// <summary>All rows of a result, such as one of a batch.</summary>
    internal static async Task<List<T>> ReadAsync<T>(NpgsqlDataReader reader, CancellationToken stop)
    {
        var parse = reader.GetRowParser<T>();
        List<T> rows = [];
        while (await reader.ReadAsync(stop))
        {
            rows.Add(parse(reader));
        }

        return rows;
    }

    /// <summary>Runs a statement that changes rows; returns how many.</summary>
    internal static async Task<int> ChangeAsync(
        NpgsqlConnection connection, string sql, CancellationToken stop, params NpgsqlParameter[] values)
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync(stop);
    }

    /// <summary>Whether this result has a column: tells the results of a batch apart.</summary>
    internal static bool HaveColumn(NpgsqlDataReader reader, string column) =>
        Enumerable.Range(0, reader.FieldCount)
            .Any(place => string.Equals(reader.GetName(place), column, StringComparison.Ordinal));

    /// <summary>For rows that are too many, or too odd, to be read by name.</summary>
    internal static NpgsqlCommand Command(
        NpgsqlConnection connection, string sql, params NpgsqlParameter[] values)
    {
#pragma warning disable CA2100 // The text is a file of this build.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(values);
        return command;
    }
}
