using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>A session that stands in the worker's way.</summary>
sealed record Blocker
{
    public required int Pid { get; init; }

    /// <summary>Name it gave itself; null: not known to this role.</summary>
    public string? Application { get; init; }

    public string? SignedInAs { get; init; }

    /// <summary>As in <c>pg_stat_activity</c>, such as <c>idle in transaction</c>.</summary>
    public string? State { get; init; }

    /// <summary>When its transaction began.</summary>
    public DateTime? Since { get; init; }

    /// <summary>The table it holds, or in words what a worker waits for.</summary>
    public required string Holds { get; init; }

    /// <summary>In one line, for people.</summary>
    internal string Explain(DateTime now) => FormattableString.Invariant(
        $"session {Pid} ({Application}, {SignedInAs}, {State}) holds {Holds}")
        + (Since is { } since
            ? FormattableString.Invariant($" since {Math.Max(0, (now - since).TotalSeconds):F0} s")
            : "");
}

/// <summary>Asks PostgreSQL who stands in the worker's way.</summary>
static class Blockers
{
    /// <summary>Nobody is kept waiting for the answer.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>In one sentence; empty when nobody is seen, or when it cannot be found out now.</summary>
    internal static async Task<string> ExplainAsync(
        PostgresServers database, TimeProvider clock, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(Longest, clock);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            var found = await FindAsync(database, giveUp.Token).WaitAsync(Longest, clock, stop);
            var now = clock.GetUtcNow().UtcDateTime;
            return string.Concat(found.Select(one => $"; {one.Explain(now)}"));
        }
        catch (Exception error) when (
            error is NpgsqlException or OperationCanceledException or TimeoutException
            && !stop.IsCancellationRequested)
        {
            return "";
        }
    }

    static async Task<List<Blocker>> FindAsync(PostgresServers database, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return await Rows.ReadAsync<Blocker>(connection, Sql.Blockers, stop);
    }
}
