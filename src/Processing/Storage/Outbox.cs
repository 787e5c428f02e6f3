using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>
/// The to-do lists of the relays. Nothing is locked while an event travels: a claim is a lease.
/// </summary>
sealed class Outbox(PostgresServers database)
{
    /// <summary>
    /// Completes what was claimed before and claims the next rows, in one commit and one round trip.
    /// </summary>
    /// <param name="kind">The kind of events.</param>
    /// <param name="completion">What became of the last claim; null: nothing to complete.</param>
    /// <param name="delays">How long a row backs off that was not published.</param>
    /// <param name="lease">The relay's lease.</param>
    /// <param name="limit">Most rows to claim.</param>
    /// <param name="from">Lowest id to look for.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>The claimed rows, oldest first.</returns>
    internal async Task<List<OutboxRow>> CompleteAndClaimAsync(
        string kind, Completion? completion, RetryDelays delays, Lease lease, int limit, long from,
        CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        var batch = session.Batch;
        Begin(batch, kind, "off");
        AddCompletion(batch, kind, completion, delays);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.ClaimOutbox)
        {
            Parameters =
            {
                Parameter.Text(kind),
                Parameter.Integer(limit),
                Parameter.Interval(lease.Length),
                Parameter.Uuid(lease.Id),
                Parameter.Bigint(from),
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await session.PrepareAsync(stop);
        return await session.CommitAsync(ReadClaimedAsync, stop);
    }

    static async Task<List<OutboxRow>> ReadClaimedAsync(NpgsqlDataReader reader)
    {
        await reader.NextResultAsync(); // past the advisory lock's row
        return await Rows.ReadAsync<OutboxRow>(reader, CancellationToken.None);
    }

    /// <summary>Completes without claiming more.</summary>
    internal async Task CompleteAsync(
        string kind, Completion completion, RetryDelays delays, CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        var batch = session.Batch;
        Begin(batch, kind, "local");
        AddCompletion(batch, kind, completion, delays);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await session.PrepareAsync(stop);
        await session.CommitAsync(_ => Task.FromResult(true), stop);
    }

    /// <summary>Has the lease begin anew; false: some of the rows are somebody else's by now.</summary>
    internal async Task<bool> RenewAsync(string kind, long[] ids, Lease lease, CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        var batch = session.Batch;
        Begin(batch, kind, "off");
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.RenewOutbox)
        {
            Parameters =
            {
                Parameter.Text(kind), Parameter.Bigints(ids), Parameter.Uuid(lease.Id),
                Parameter.Interval(lease.Length),
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        return await session.AnsweredAsync(
            () => batch.ExecuteNonQueryAsync(CancellationToken.None), stop) == ids.Length;
    }

    /// <summary>The bodies of these events, by id.</summary>
    internal async Task<Dictionary<Guid, byte[]>> BodiesAsync(Guid[] ids, CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.EventBodies);
        command.Parameters.Add(Parameter.Uuids(ids));
        await using var rows = await command.ExecuteReaderAsync(stop);
        Dictionary<Guid, byte[]> bodies = [];
        while (await rows.ReadAsync(stop))
        {
            bodies[rows.GetGuid(0)] = await rows.GetFieldValueAsync<byte[]>(1, stop);
        }

        return bodies;
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
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand(Sql.LockClaims) { Parameters = { Parameter.Text(kind) } });
    }

    static void AddCompletion(NpgsqlBatch batch, string kind, Completion? completion, RetryDelays delays)
    {
        if (completion is { Confirmed.Length: > 0 })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.CompleteOutbox)
            {
                Parameters =
                {
                    Parameter.Text(kind), Parameter.Bigints(completion.Confirmed),
                    Parameter.Uuid(completion.LeaseId),
                },
            });
        }

        if (completion?.Delayed(delays) is { Length: > 0 } rows)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.BackoffOutbox)
            {
                Parameters =
                {
                    Parameter.Text(kind), Parameter.Bigints(rows, row => row.Id),
                    Parameter.Uuid(completion.LeaseId), Parameter.Intervals(rows, row => row.Delay),
                },
            });
        }
    }
}
