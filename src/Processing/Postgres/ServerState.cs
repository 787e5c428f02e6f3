using System.Collections.Concurrent;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>Where a server stands in the history of its cluster.</summary>
sealed record ServerState
{
    /// <summary>The cluster: the same for a primary and its standbys.</summary>
    public required string System { get; init; }

    /// <summary>Begins anew, one higher, each time a standby is promoted.</summary>
    public required int Timeline { get; init; }

    /// <summary>It follows a primary and takes no writes.</summary>
    public required bool IsStandby { get; init; }

    /// <summary>Null: this user may not ask.</summary>
    internal static async Task<ServerState?> OfAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        try
        {
            await using var command = Rows.Command(connection, Sql.ServerState);
            await using var reader = await command.ExecuteReaderAsync(stop);
            await reader.ReadAsync(stop);
            return From(reader);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }

    internal static ServerState From(NpgsqlDataReader reader) => new()
    {
        System = reader.GetString(0), Timeline = reader.GetInt32(1), IsStandby = reader.GetBoolean(2),
    };
}

/// <summary>
/// The highest timeline of each cluster that this process has seen. A primary of a lower one was replaced:
/// what it commits is lost, so nobody uses it, whatever it says of itself.
/// </summary>
static class Timelines
{
    static readonly ConcurrentDictionary<string, int> Highest = new(StringComparer.Ordinal);

    /// <summary>Remembers what was seen, and returns the highest so far.</summary>
    internal static int Remember(ServerState server) => Highest.AddOrUpdate(
        server.System, server.Timeline, (_, before) => Math.Max(before, server.Timeline));

    /// <exception cref="NpgsqlException">The server was replaced by another.</exception>
    internal static ServerState Judged(ServerState server)
    {
        if (Remember(server) is var highest && server.Timeline < highest)
        {
            throw new NpgsqlException(
                $"this server is on timeline {server.Timeline}, and one on timeline {highest} has taken " +
                "over: what it commits would be lost. Stop it, and make it a standby of the new primary " +
                "with pg_rewind or pg_basebackup");
        }

        return server;
    }
}
