using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Reversals.Worker.Storage;

/// <summary>
/// The to-do lists of the relays. Nothing is locked while an event travels: a claim is a lease.
/// </summary>
sealed class Outbox(NpgsqlDataSource database)
{
    /// <summary>
    /// Settles what was claimed before and claims the next rows, in one commit and one round trip.
    /// </summary>
    /// <param name="kind">The kind of events.</param>
    /// <param name="settled">What became of the last claim; null: there is nothing to settle.</param>
    /// <param name="backoff">How long a row rests that was not published.</param>
    /// <param name="lease">The relay's lease.</param>
    /// <param name="limit">Most rows to claim.</param>
    /// <param name="from">Lowest id to look for.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>The claimed rows, oldest first.</returns>
    internal async Task<List<OutboxRow>> ExchangeAsync(
        string kind, Settled? settled, Backoff backoff, Lease lease, int limit, long from,
        CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var batch = Begin(connection, kind, waitsForDisk: false);
        AddSettling(batch, kind, settled, backoff);
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
        await using var reader = await batch.ExecuteReaderAsync(stop);
        await reader.NextResultAsync(stop); // past the advisory lock's row
        var parse = reader.GetRowParser<OutboxRow>();
        var rows = new List<OutboxRow>();
        while (await reader.ReadAsync(stop))
        {
            rows.Add(parse(reader));
        }

        // The claim stands only once COMMIT was answered without an error.
        while (await reader.NextResultAsync(stop))
        {
        }

        return rows;
    }

    /// <summary>Settles without claiming more.</summary>
    internal async Task SettleAsync(string kind, Settled settled, Backoff backoff, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var batch = Begin(connection, kind, waitsForDisk: true);
        AddSettling(batch, kind, settled, backoff);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.PrepareAsync(stop);
        await batch.ExecuteNonQueryAsync(stop);
    }

    /// <summary>Has the lease begin anew; false: some of the rows are somebody else's by now.</summary>
    internal async Task<bool> KeepAsync(string kind, long[] ids, Lease lease, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var batch = Begin(connection, kind, waitsForDisk: false);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.KeepOutbox)
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
    /// <param name="connection">Open.</param>
    /// <param name="kind">The kind of events.</param>
    /// <param name="waitsForDisk">
    /// Whether COMMIT does. What a crash of the server takes back of a claim or a clearing is one more copy
    /// of an event, which subscribers drop by its id; the reversal was committed before.
    /// </param>
    static NpgsqlBatch Begin(NpgsqlConnection connection, string kind, bool waitsForDisk)
    {
        var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        if (!waitsForDisk)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL synchronous_commit = off"));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.LockClaims) { Parameters = { Kind(kind) } });
        return batch;
    }

    static void AddSettling(NpgsqlBatch batch, string kind, Settled? settled, Backoff backoff)
    {
        if (settled is { Confirmed.Length: > 0 })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.ClearOutbox)
            {
                Parameters = { Kind(kind), Ids(settled.Confirmed), Id(settled.LeaseId) },
            });
        }

        if (settled is { Failed.Length: > 0 })
        {
            batch.BatchCommands.Add(Rest(kind, settled, settled.Failed, backoff.Rest, backoff.Rest));
        }

        if (settled is { Refused.Length: > 0 })
        {
            batch.BatchCommands.Add(Rest(kind, settled, settled.Refused, backoff.First, backoff.Longest));
        }
    }

    static NpgsqlBatchCommand Rest(
        string kind, Settled settled, long[] ids, TimeSpan first, TimeSpan longest) =>
        new(Sql.RestOutbox)
        {
            Parameters = { Kind(kind), Ids(ids), Id(settled.LeaseId), Interval(first), Interval(longest) },
        };

    static NpgsqlParameter<string> Kind(string kind) =>
        new() { TypedValue = kind, NpgsqlDbType = NpgsqlDbType.Text };

    static NpgsqlParameter Ids(long[] ids) => Column.Of(NpgsqlDbType.Bigint, ids, id => id);

    static NpgsqlParameter<Guid> Id(Guid id) =>
        new() { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Uuid };

    static NpgsqlParameter<TimeSpan> Interval(TimeSpan length) =>
        new() { TypedValue = length, NpgsqlDbType = NpgsqlDbType.Interval };
}
