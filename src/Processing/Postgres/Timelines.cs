using System.Collections.Concurrent;
using Npgsql;

namespace Reversals.Processing.Postgres;

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
