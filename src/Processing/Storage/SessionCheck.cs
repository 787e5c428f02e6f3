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

    internal static void Run(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Read, connection);
        using var reader = command.ExecuteReader();
        reader.Read();
        Judge(reader.GetString(0), reader.GetString(1));
    }

    internal static async Task RunAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Read, connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        Judge(reader.GetString(0), reader.GetString(1));
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
