using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>Runs a statement of this project or of Storage, called by the name of its file.</summary>
static class Query
{
    internal static Task<List<T>> ReadAsync<T>(
        PostgresServers database, string name, CancellationToken stop, params NpgsqlParameter[] values) =>
        Rows.ReadAsync<T>(database, Statement(name), stop, values);

    internal static Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, string name, CancellationToken stop, params NpgsqlParameter[] values) =>
        Rows.ReadAsync<T>(connection, Statement(name), stop, values);

    /// <summary>Runs a statement that changes rows; returns how many.</summary>
    internal static Task<int> RunAsync(
        NpgsqlConnection connection, string name, CancellationToken stop, params NpgsqlParameter[] values) =>
        Rows.ChangeAsync(connection, Statement(name), stop, values);

    /// <summary>The text of a statement.</summary>
    internal static string Statement(string name)
    {
        var here = typeof(Query).Assembly;
        return here.GetManifestResourceInfo($"Queries/{name}.sql") is null
            ? Sql.Read(name)
            : Sql.Read(name, here);
    }
}
