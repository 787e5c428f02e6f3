using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>
/// The settings without which a commit means nothing. They are read back on each new connection: a pooler in
/// between may drop what a session asks for, and a connection string may ask for something else.
/// </summary>
static class SessionCheck
{
    /// <summary>As options of a connection.</summary>
    internal const string Settings = "-c synchronous_commit=on -c client_min_messages=warning";

    const string Read =
        "SELECT current_setting('synchronous_commit'), current_setting('client_min_messages')";

    internal static void Run(NpgsqlConnection connection) => _ = Judged(connection);

    internal static async Task RunAsync(NpgsqlConnection connection) => _ = await JudgedAsync(connection);

    /// <summary>The same, and the server has to be one that takes writes.</summary>
    internal static void RunForWrites(NpgsqlConnection connection) => TakesWrites(Judged(connection));

    /// <inheritdoc cref="RunForWrites"/>
    internal static async Task RunForWritesAsync(NpgsqlConnection connection) =>
        TakesWrites(await JudgedAsync(connection));

    static ServerState? Judged(NpgsqlConnection connection)
    {
        using var batch = Questions(connection);
        using var reader = batch.ExecuteReader();
        reader.Read();
        Judge(reader.GetString(0), reader.GetString(1));
        try
        {
            reader.NextResult();
            reader.Read();
            return Timelines.Judged(ServerState.From(reader));
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }

    static async Task<ServerState?> JudgedAsync(NpgsqlConnection connection)
    {
        await using var batch = Questions(connection);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.ReadAsync();
        Judge(reader.GetString(0), reader.GetString(1));
        try
        {
            await reader.NextResultAsync();
            await reader.ReadAsync();
            return Timelines.Judged(ServerState.From(reader));
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }

    /// <summary>
    /// In one round trip, as it is asked of each connection while others wait for it. The second one only
    /// some users may ask.
    /// </summary>
    static NpgsqlBatch Questions(NpgsqlConnection connection) => new(connection)
    {
        BatchCommands = { new NpgsqlBatchCommand(Read), new NpgsqlBatchCommand(ServerState.Query) },
    };

    static void TakesWrites(ServerState? server)
    {
        if (server is { IsStandby: true })
        {
            throw new NpgsqlException(
                "this server is a standby and takes no writes. Name the primary in " +
                "ConnectionStrings:Postgres, or all of them: Host=a,b,c");
        }
    }

    static void Judge(string commit, string messages)
    {
        if (commit is not ("on" or "remote_apply"))
        {
            throw new NpgsqlException(
                $"synchronous_commit is {commit} in the session: what is acknowledged could be lost. " +
                Advice("synchronous_commit = on"));
        }

        if (messages is not ("warning" or "notice" or "log") && !IsDebug(messages))
        {
            throw new NpgsqlException(
                $"client_min_messages is {messages} in the session: it would not be told that a commit has " +
                $"reached no standby. {Advice("client_min_messages = warning")}");
        }
    }

    static bool IsDebug(string messages) => messages.StartsWith("debug", StringComparison.Ordinal);

    static string Advice(string setting) =>
        $"Run ALTER ROLE … SET {setting} for the user of ConnectionStrings:Postgres, and ask for nothing " +
        "else in its Options";
}
