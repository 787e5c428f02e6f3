using Dapper;
using Npgsql;
using NpgsqlTypes;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Queries;

/// <summary>Runs a statement of this project or of Storage, called by the name of its file.</summary>
static class Query
{
    internal static async Task<List<T>> ReadAsync<T>(
        NpgsqlDataSource database, string name, CancellationToken stop, params NpgsqlParameter[] values)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return await ReadAsync<T>(connection, name, stop, values);
    }

    internal static async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, string name, CancellationToken stop, params NpgsqlParameter[] values)
    {
        await using var command = Command(connection, name, values);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var parse = reader.GetRowParser<T>();
        List<T> rows = [];
        while (await reader.ReadAsync(stop))
        {
            rows.Add(parse(reader));
        }

        return rows;
    }

    /// <summary>Runs a statement that changes rows; returns how many.</summary>
    internal static async Task<int> RunAsync(
        NpgsqlConnection connection, string name, CancellationToken stop, params NpgsqlParameter[] values)
    {
        await using var command = Command(connection, name, values);
        return await command.ExecuteNonQueryAsync(stop);
    }

    internal static NpgsqlParameter Text(string? value) => Value(NpgsqlDbType.Text, value);

    internal static NpgsqlParameter Flag(bool value) => Value(NpgsqlDbType.Boolean, value);

    internal static NpgsqlParameter Number(int value) => Value(NpgsqlDbType.Integer, value);

    internal static NpgsqlParameter Id(long? value) => Value(NpgsqlDbType.Bigint, value);

    internal static NpgsqlParameter Id(Guid? value) => Value(NpgsqlDbType.Uuid, value);

    internal static NpgsqlParameter Time(DateTimeOffset? value) =>
        Value(NpgsqlDbType.TimestampTz, value?.UtcDateTime);

    internal static NpgsqlParameter Ids(IReadOnlyList<long>? values) =>
        Value(NpgsqlDbType.Array | NpgsqlDbType.Bigint, values?.ToArray());

    internal static NpgsqlParameter Ids(IReadOnlyList<Guid> values) =>
        Value(NpgsqlDbType.Array | NpgsqlDbType.Uuid, values.ToArray());

    static NpgsqlParameter Value(NpgsqlDbType type, object? value) =>
        new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    static NpgsqlCommand Command(NpgsqlConnection connection, string name, NpgsqlParameter[] values)
    {
#pragma warning disable CA2100 // The text is a file of this build.
        var command = new NpgsqlCommand(Statement(name), connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(values);
        return command;
    }

    /// <summary>The text of a statement.</summary>
    internal static string Statement(string name)
    {
        var here = typeof(Query).Assembly;
        return here.GetManifestResourceInfo($"Queries/{name}.sql") is null
            ? Sql.Read(name)
            : Sql.Read(name, here);
    }
}
