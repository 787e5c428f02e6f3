using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Storage;

/// <summary>
/// The to-do lists of the relays. Nothing is locked while an event travels: a claim is a lease.
/// </summary>
sealed class Outbox(NpgsqlDataSource database)
{
    /// <summary>
    /// Completes what was claimed before and claims the next rows, in one commit and one round trip.
    /// </summary>
    /// <param name="kind">The kind of events.</param>
    /// <param name="completion">What became of the last claim; null: nothing to complete.</param>
    /// <param name="backoff">How long a row backs off that was not published.</param>
    /// <param name="lease">The relay's lease.</param>
    /// <param name="limit">Most rows to claim.</param>
    /// <param name="from">Lowest id to look for.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>The claimed rows, oldest first.</returns>
    internal async Task<List<OutboxRow>> CompleteAndClaimAsync(
        string kind, Completion? completion, RetryDelays backoff, Lease lease, int limit, long from,
        CancellationToken stop)
    {
        await using var session = new CommitSession(await database.OpenConnectionAsync(stop));
        var batch = session.Batch;
        Begin(batch, kind, "off");
        AddCompletion(batch, kind, completion, backoff);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.ClaimOutbox)
        {
            Parameters =
            {
                Kind(kind),
                new NpgsqlParameter<int> { TypedValue = limit, NpgsqlDbType = NpgsqlDbType.Integer },
                Interval(lease.Length),
                Id(lease.Id),
                new NpgsqlParameter<long> { TypedValue = from, NpgsqlDbType = NpgsqlDbType.Bigint },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.PrepareAsync(stop);
        return await session.CommitAsync(ReadClaimedAsync, stop);
    }

    static async Task<List<OutboxRow>> ReadClaimedAsync(NpgsqlDataReader reader)
    {
        await reader.NextResultAsync(); // past the advisory lock's row
        return await ResultSet.ReadAsync<OutboxRow>(reader, CancellationToken.None);
    }

    /// <summary>Completes without claiming more.</summary>
    internal async Task CompleteAsync(
        string kind, Completion completion, RetryDelays backoff, CancellationToken stop)
    {
        await using var session = new CommitSession(await database.OpenConnectionAsync(stop));
        var batch = session.Batch;
        Begin(batch, kind, "local");
        AddCompletion(batch, kind, completion, backoff);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.PrepareAsync(stop);
        await session.CommitAsync(_ => Task.FromResult(true), stop);
    }

    /// <summary>Has the lease begin anew; false: some of the rows are somebody else's by now.</summary>
    internal async Task<bool> RenewAsync(string kind, long[] ids, Lease lease, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var batch = connection.CreateBatch();
        Begin(batch, kind, "off");
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.RenewOutbox)
        {
            Parameters = { Kind(kind), Ids(ids), Id(lease.Id), Interval(lease.Length) },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        return await batch.ExecuteNonQueryAsync(stop) == ids.Length;
    }

    /// <summary>
    /// Under the lock of the claims: a claim passes over a row that is just being changed, and would take the
    /// bill's next one.
    /// </summary>
    /// <param name="batch">Filled.</param>
    /// <param name="kind">The kind of events.</param>
    /// <param name="waitsFor">
    /// What COMMIT waits for, as <c>synchronous_commit</c>. What the loss of a server takes back of a
    /// completion or of a longer lease is one more copy of an event, which subscribers drop by its id. A
    /// claim that takes rows turns it on by itself: they may have become visible without having reached a
    /// standby (a restart ends that wait), and once this COMMIT has, so has all before it. Else an event
    /// would be published whose reversal a failover takes back.
    /// </param>
    static void Begin(NpgsqlBatch batch, string kind, string waitsFor)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SET LOCAL synchronous_commit = {waitsFor}"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.LockClaims) { Parameters = { Kind(kind) } });
    }

    static void AddCompletion(NpgsqlBatch batch, string kind, Completion? completion, RetryDelays backoff)
    {
        if (completion is { Confirmed.Length: > 0 })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.CompleteOutbox)
            {
                Parameters = { Kind(kind), Ids(completion.Confirmed), Id(completion.LeaseId) },
            });
        }

        if (completion is { Failed.Length: > 0 })
        {
            batch.BatchCommands.Add(BackOff(kind, completion, completion.Failed, backoff.Rest, backoff.Rest));
        }

        if (completion is { Refused.Length: > 0 })
        {
            batch.BatchCommands.Add(BackOff(
                kind, completion, completion.Refused, backoff.First, backoff.Longest));
        }
    }

    static NpgsqlBatchCommand BackOff(
        string kind, Completion completion, long[] ids, TimeSpan first, TimeSpan longest) =>
        new(Sql.BackoffOutbox)
        {
            Parameters = { Kind(kind), Ids(ids), Id(completion.LeaseId), Interval(first), Interval(longest) },
        };

    static NpgsqlParameter<string> Kind(string kind) =>
        new() { TypedValue = kind, NpgsqlDbType = NpgsqlDbType.Text };

    static NpgsqlParameter Ids(long[] ids) => ArrayParameter.Of(NpgsqlDbType.Bigint, ids, id => id);

    static NpgsqlParameter<Guid> Id(Guid id) =>
        new() { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Uuid };

    static NpgsqlParameter<TimeSpan> Interval(TimeSpan length) =>
        new() { TypedValue = length, NpgsqlDbType = NpgsqlDbType.Interval };
}
