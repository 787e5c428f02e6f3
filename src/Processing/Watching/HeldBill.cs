using Npgsql;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Watching;

/// <summary>A bill that somebody holds, and a request that waits for it.</summary>
sealed record HeldBill
{
    public required long BillId { get; init; }
    public required string ClientId { get; init; }

    /// <summary>The key of the request that waits.</summary>
    public required string? ReferenceId { get; init; }

    /// <summary>The session that holds it.</summary>
    public required Blocker Holder { get; init; }

    /// <summary>In one sentence, for people.</summary>
    internal string Explain(DateTime now) =>
        $"{Holder.Explain(now)}, and {ReferenceId ?? "a request"} of {ClientId} waits for it";
}

/// <summary>
/// Finds out who holds the bills of requests that wait: PostgreSQL tells only of whom a session waits at that
/// moment, so one waits for each bill, for a short time, while another one asks.
/// </summary>
static class HeldBills
{
    /// <summary>However many wait: as a rule it is one session that is in the way of all.</summary>
    internal const int Most = 5;

    static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Those of the bills that are held now.</summary>
    internal static async Task<IReadOnlyList<HeldBill>> FindAsync(
        PostgresServers database, IReadOnlyList<ReversalRequest> waiting,
        Func<string, ClientPolicy> policies, TimeProvider clock, CancellationToken stop)
    {
        List<HeldBill> found = [];
        foreach (var (bill, request) in await LocateAsync(database, waiting, policies, stop))
        {
            if (await HolderAsync(database, bill, clock, stop) is { } holder)
            {
                found.Add(new HeldBill
                {
                    BillId = bill,
                    ClientId = request.ClientId,
                    ReferenceId = request.Key,
                    Holder = holder with { Holds = FormattableString.Invariant($"bill {bill}") },
                });
            }
        }

        return found;
    }

    /// <summary>Each bill once, with the request that has waited longest for it.</summary>
    static async Task<List<(long Bill, ReversalRequest Request)>> LocateAsync(
        PostgresServers database, IReadOnlyList<ReversalRequest> waiting,
        Func<string, ClientPolicy> policies, CancellationToken stop)
    {
        var lookup = new PaymentLookup(waiting, policies);
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(lookup.Payments(Sql.LocateBills));
        await using var reader = await batch.ExecuteReaderAsync(stop);
        return
        [
            .. (await Rows.ReadAsync<Located>(reader, stop))
                .Select(one => (one.BillId, lookup.Named(one.Level, one.Place).Request))
                .DistinctBy(one => one.BillId).Take(Most),
        ];
    }

    /// <summary>Null: nobody holds it, or nobody is seen.</summary>
    static async Task<Blocker?> HolderAsync(
        PostgresServers database, long bill, TimeProvider clock, CancellationToken stop)
    {
        await using var asker = await database.OpenConnectionAsync(stop);
        var session = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = WaitAsync(database, bill, session, stop);
        await Task.WhenAny(waiting, session.Task);
        Blocker? holder = null;
        while (holder is null && !waiting.IsCompleted)
        {
            await Task.WhenAny(waiting, Task.Delay(AskInterval, clock, CancellationToken.None));
            holder = (await Rows.ReadAsync<Blocker>(
                asker, Sql.BlockersOf, stop, Parameter.Integer(await session.Task))).FirstOrDefault();
        }

        await waiting;
        return holder;
    }

    /// <summary>Waits for the bill, half a second at the most, and leaves it alone again.</summary>
    static async Task WaitAsync(
        PostgresServers database, long bill, TaskCompletionSource<int> session, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        session.SetResult(connection.ProcessID);
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL lock_timeout = 500"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.WaitForBill)
        {
            Parameters = { Parameter.Bigint(bill) },
        });
        try
        {
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (PostgresException error) when (Faults.Classify(error) == Fault.LockWait)
        {
            // It is held.
        }

        await using var end = new NpgsqlCommand("ROLLBACK", connection);
        await end.ExecuteNonQueryAsync(CancellationToken.None);
    }

    sealed record Located
    {
        public required long BillId { get; init; }
        public required int Level { get; init; }
        public required long Place { get; init; }
    }
}
