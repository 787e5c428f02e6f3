using System.Text.RegularExpressions;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>
/// The settings without which a session does something else. They are read back on each new connection: a
/// pooler in between may drop what a session asks for, and a connection string may ask for something else.
/// </summary>
sealed partial class SessionCheck
{
    /// <summary>As options of a connection; without these a commit means nothing.</summary>
    internal const string Settings = "-c synchronous_commit=on -c client_min_messages=warning";

    readonly (string Name, string Value)[] _expected;
    readonly string _read;

    /// <param name="settings">As options of a connection.</param>
    /// <param name="asked">What the connection string asks for instead, and may.</param>
    internal SessionCheck(string settings, string? asked)
    {
        string[] own = [.. Option().Matches(asked ?? "").Select(option => option.Groups["name"].Value)];
        _expected =
        [
            .. Option().Matches(settings)
                .Select(option => (Name: option.Groups["name"].Value, Value: option.Groups["value"].Value))
                .Where(one => !own.Contains(one.Name, StringComparer.OrdinalIgnoreCase))
                .Select(one => (one.Name, one.Value.Replace(@"\ ", " ", StringComparison.Ordinal))),
        ];
        _read = "SELECT current_setting('synchronous_commit'), current_setting('client_min_messages')" +
            string.Concat(_expected.Select(one => $", current_setting('{one.Name}')"));
    }

    internal void Run(NpgsqlConnection connection) => _ = Judged(connection);

    internal async Task RunAsync(NpgsqlConnection connection) => _ = await JudgedAsync(connection);

    /// <summary>The same, and the server has to be one that takes writes.</summary>
    internal void RunForWrites(NpgsqlConnection connection) => TakesWrites(Judged(connection));

    /// <inheritdoc cref="RunForWrites"/>
    internal async Task RunForWritesAsync(NpgsqlConnection connection) =>
        TakesWrites(await JudgedAsync(connection));

    ServerState? Judged(NpgsqlConnection connection)
    {
        using var batch = Questions(connection);
        using var reader = batch.ExecuteReader();
        reader.Read();
        Judge(reader, connection.UserName);
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

    async Task<ServerState?> JudgedAsync(NpgsqlConnection connection)
    {
        await using var batch = Questions(connection);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.ReadAsync();
        Judge(reader, connection.UserName);
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
    NpgsqlBatch Questions(NpgsqlConnection connection) => new(connection)
    {
        BatchCommands = { new NpgsqlBatchCommand(_read), new NpgsqlBatchCommand(Sql.ServerState) },
    };

    void Judge(NpgsqlDataReader reader, string? user)
    {
        JudgeCommit(reader.GetString(0), reader.GetString(1));
        var dropped = _expected.Index()
            .Where(one => !IsSame(reader.GetString(2 + one.Index), one.Item.Value)).ToList();
        if (dropped.Count > 0)
        {
            var (place, first) = dropped[0];
            throw new NpgsqlException(
                $"the session has {first.Name} = {reader.GetString(2 + place)} and not {first.Value}" +
                (dropped.Count > 1 ? $", and {dropped.Count - 1} more settings are not as asked for" : "") +
                ": something in between drops them, as PgBouncer does. Give them to the role: " +
                string.Join("; ", dropped.Select(one =>
                    $"ALTER ROLE \"{user}\" SET {one.Item.Name} = '{one.Item.Value}'")));
        }
    }

    /// <summary>A date style is told with more than was asked for.</summary>
    static bool IsSame(string found, string expected) =>
        string.Equals(found, expected, StringComparison.Ordinal)
        || found.StartsWith(expected + ",", StringComparison.Ordinal);

    static void TakesWrites(ServerState? server)
    {
        if (server is { IsStandby: true })
        {
            throw new NpgsqlException(
                "this server is a standby and takes no writes. Name the primary in " +
                "ConnectionStrings:Postgres, or all of them: Host=a,b,c");
        }
    }

    static void JudgeCommit(string commit, string messages)
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

    [GeneratedRegex(
        @"(-c\s*|--)(?<name>\w+)=(?<value>(\\ |\S)+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Option();
}
