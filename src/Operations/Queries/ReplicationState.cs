using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>Whom a commit waits for, as the primary says.</summary>
sealed record ReplicationState
{
    /// <summary>The setting <c>synchronous_standby_names</c>; empty: for nobody.</summary>
    public required string Names { get; init; }

    /// <summary>Standbys that are connected.</summary>
    public required long Connected { get; init; }

    /// <summary>Of those the ones a commit waits for.</summary>
    public required long Synchronous { get; init; }

    /// <summary>Whether this user may see which ones they are.</summary>
    public required bool IsVisible { get; init; }

    /// <summary>Null: nothing is wrong with it, as far as it can be seen.</summary>
    /// <param name="hasSeveral">Whether another server may take over.</param>
    internal string? Problem(bool hasSeveral) => Names.Length == 0
        ? hasSeveral
            ? "synchronous_standby_names is empty: what was acknowledged may be lost with the primary. " +
                "Name the standbys there, as in 'ANY 1 (b, c)'"
            : null
        : IsVisible && Synchronous == 0
            ? $"no standby of synchronous_standby_names ({Names}) is connected: nothing can be done. " +
                "Start one, and see pg_stat_replication"
            : null;

    /// <summary>For people.</summary>
    internal string Text => Names.Length == 0
        ? $"a commit waits for no standby; connected: {Connected}"
        : $"a commit waits for {Names}; connected: {Connected}, " + (IsVisible
            ? $"synchronous: {Synchronous}"
            : "which is synchronous this user may not see: GRANT pg_read_all_stats");

    internal static async Task<ReplicationState> ReadAsync(
        PostgresServers database, CancellationToken stop) =>
        (await Query.ReadAsync<ReplicationState>(database, "replication", stop)).Single();
}
