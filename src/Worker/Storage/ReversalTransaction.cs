using System.Globalization;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Reversals.Contracts;

namespace Reversals.Worker.Storage;

/// <summary>
/// One commit for a whole batch, in two round trips: begin + lock + read, save + commit. The server
/// checks each row count before the commit; on any error nothing of the batch has happened.
/// Disposing an unfinished one rolls it back.
/// </summary>
sealed class ReversalTransaction : IAsyncDisposable
{
    readonly NpgsqlConnection _connection;
    readonly Dictionary<long, decimal> _reversedBefore = [];

    ReversalTransaction(NpgsqlConnection connection) => _connection = connection;

    internal static async Task<ReversalTransaction> OpenAsync(
        NpgsqlDataSource database, CancellationToken stop) =>
        new(await database.OpenConnectionAsync(stop));

    /// <summary>Closing gives the connection back; the pool rolls back whatever was not committed.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>
    /// Begins, locks the bills the requests may touch and reads what stands under the locks. Null when a
    /// payment appeared between the two reads: run the batch again.
    /// </summary>
    /// <param name="requests">The batch.</param>
    /// <param name="patience">How long to wait for a row that somebody holds; whole milliseconds.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task<Ledger?> LoadAsync(
        IReadOnlyList<ReversalRequest> requests, TimeSpan patience, CancellationToken stop)
    {
        await using var batch = _connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(string.Create(
            CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = {patience.TotalMilliseconds}")));
        var probe = new Probe(requests);
        batch.BatchCommands.Add(probe.Payments(Sql.LockBills));
        batch.BatchCommands.Add(probe.Payments(Sql.ReadPayments));
        batch.BatchCommands.Add(probe.Keys(Sql.ReadReversals));
        long[] remembered = [.. requests.Select(request => request.Remembered?.Id).OfType<long>().Order()];
        if (remembered.Length > 0)
        {
            batch.BatchCommands.Add(Pending.Lock(remembered));
        }

        var ledger = new Ledger();
        await batch.PrepareAsync(stop);
        await using var reader = await batch.ExecuteReaderAsync(stop);
        foreach (var row in await ReadAsync<BillRow>(reader, stop))
        {
            ledger.Add(row.ToBill());
        }

        await reader.NextResultAsync(stop);
        foreach (var row in await ReadAsync<PaymentRow>(reader, stop))
        {
            if (!ledger.HasBill(row.BillId))
            {
                return null;
            }

            _reversedBefore[row.Id] = row.ReversedAmount;
            ledger.Add(row.ToPayment());
        }

        await reader.NextResultAsync(stop);
        foreach (var row in await ReadAsync<ReversalRow>(reader, stop))
        {
            ledger.Add(row.ClientId, row.ReferenceId, new StoredReversal
            {
                RequestHash = row.RequestHash,
                EventId = row.EventId,
                BillId = row.BillId,
            });
        }

        if (await reader.NextResultAsync(stop))
        {
            while (await reader.ReadAsync(stop))
            {
                ledger.AddRemembered(reader.GetInt64(0));
            }
        }

        return ledger;
    }

    /// <summary>
    /// Saves everything the batch decided and commits. Of nothing, every statement is asked all the same: so
    /// it shows whether something could be saved.
    /// </summary>
    /// <param name="ledger">The books after the decisions.</param>
    /// <param name="answers">One for each request that gets one.</param>
    /// <param name="forgotten">Remembered requests that are answered for good.</param>
    /// <param name="now">When it was decided.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>The rows that were born leased, oldest first.</returns>
    internal async Task<List<(Answer Answer, OutboxRow Row)>> SaveAsync(
        Ledger ledger, IReadOnlyList<Answer> answers, IReadOnlyList<long> forgotten, DateTimeOffset now,
        CancellationToken stop)
    {
        await using var batch = _connection.CreateBatch();
        Answer[] applied = [.. answers.Where(answer => answer.Applied is not null)];
        if (applied.Length > 0 || answers.Count == 0)
        {
            batch.BatchCommands.Add(UpdateBills([.. ledger.ChangedBills]));
            batch.BatchCommands.Add(UpdatePayments([.. ledger.ChangedPayments]));
            batch.BatchCommands.Add(InsertReversals(applied, now));
        }

        Answer[] fresh = [.. answers.Where(answer => answer.Event is not null)];
        if (fresh.Length > 0 || answers.Count == 0)
        {
            batch.BatchCommands.Add(InsertEvents(fresh, now));
        }

        AddPending(batch, answers, forgotten);
        batch.BatchCommands.Add(InsertOutbox(answers));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.PrepareAsync(stop);
        CrashPoint.Reached(answers.Count == 0 ? "nothing to commit" : "P5-before");
        var committing = batch.ExecuteReaderAsync(stop);
        CrashPoint.Reached(answers.Count == 0 ? "nothing to commit" : "P5-after");
        await using var reader = await committing;
        return await ReadLeasedAsync(reader, answers, stop);
    }

    /// <summary>The outbox's is the only result of two columns: a row for each answer in its order.</summary>
    static async Task<List<(Answer Answer, OutboxRow Row)>> ReadLeasedAsync(
        NpgsqlDataReader reader, IReadOnlyList<Answer> answers, CancellationToken stop)
    {
        List<(Answer, OutboxRow)> leased = [];
        do
        {
            for (var place = 0; await reader.ReadAsync(stop) && reader.FieldCount == 2; place++)
            {
                if (reader.GetBoolean(1))
                {
                    leased.Add((answers[place], answers[place].ToRow(reader.GetInt64(0))));
                }
            }
        }
        while (await reader.NextResultAsync(stop));

        return leased;
    }

    static void AddPending(NpgsqlBatch batch, IReadOnlyList<Answer> answers, IReadOnlyList<long> forgotten)
    {
        // The same request twice in one batch is one row.
        (ReversalRequest, DateTimeOffset)[] waiting =
        [
            .. answers.Where(answer => answer.PendingUntil is not null)
                .DistinctBy(answer => (
                    answer.Request.ClientId, answer.Request.Key,
                    Convert.ToHexString(answer.Request.ContentHash())))
                .Select(answer => (answer.Request, answer.PendingUntil!.Value)),
        ];
        if (waiting.Length > 0)
        {
            batch.BatchCommands.Add(Pending.Remember(waiting));
        }

        if (forgotten.Count > 0)
        {
            batch.BatchCommands.Add(Pending.Forget(forgotten));
        }
    }

    /// <summary>All rows of one result set.</summary>
    static async Task<List<T>> ReadAsync<T>(NpgsqlDataReader reader, CancellationToken stop)
    {
        var parse = reader.GetRowParser<T>();
        var rows = new List<T>();
        while (await reader.ReadAsync(stop))
        {
            rows.Add(parse(reader));
        }

        return rows;
    }

    static NpgsqlBatchCommand UpdateBills(Bill[] bills) => new(Sql.UpdateBills)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Bigint, bills, bill => bill.Id),
            Column.Of(NpgsqlDbType.Numeric, bills, bill => bill.PaidAmount),
            Column.Of(NpgsqlDbType.Text, bills, bill => BillStatusConverter.WordOf(bill.Status)),
            Column.Of(NpgsqlDbType.Bigint, bills, bill => bill.Version),
        },
    };

    NpgsqlBatchCommand UpdatePayments(BillPayment[] payments) => new(Sql.UpdatePayments)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Bigint, payments, payment => payment.Id),
            Column.Of(NpgsqlDbType.Numeric, payments, payment => _reversedBefore[payment.Id]),
            Column.Of(NpgsqlDbType.Numeric, payments, payment => payment.ReversedAmount),
        },
    };

    static NpgsqlBatchCommand InsertReversals(
        Answer[] applied, DateTimeOffset now) => new(Sql.InsertReversals)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Text, applied, answer => answer.Request.ClientId),
            Column.Of(NpgsqlDbType.Text, applied, answer => answer.Request.Key),
            Column.Of(NpgsqlDbType.Bytea, applied, answer => answer.Request.ContentHash()),
            Column.Of(NpgsqlDbType.Bigint, applied, answer => answer.Applied!.Payment.Id),
            Column.Of(NpgsqlDbType.Bigint, applied, answer => answer.Applied!.Bill.Id),
            Column.Of(NpgsqlDbType.Numeric, applied, answer => answer.Applied!.Amount),
            Column.Of(NpgsqlDbType.Uuid, applied, answer => answer.EventId),
            Column.Time(now),
        },
    };

    static NpgsqlBatchCommand InsertEvents(Answer[] fresh, DateTimeOffset now) => new(Sql.InsertEvents)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Uuid, fresh, answer => answer.EventId),
            Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Kind),
            Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.ClientId),
            Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.Key),
            Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.PaymentRef),
            Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.Rc),
            Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.Reason),
            Column.Of(NpgsqlDbType.Bytea, fresh, answer => answer.Event!.Body),
            Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.TraceParent),
            Column.Time(now),
        },
    };

    static NpgsqlBatchCommand InsertOutbox(IReadOnlyList<Answer> answers) => new(Sql.InsertOutbox)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Text, answers, answer => answer.Kind),
            Column.Of(NpgsqlDbType.Uuid, answers, answer => answer.EventId),
            Column.Of(NpgsqlDbType.Bigint, answers, answer => answer.BillId),
            Column.Of(NpgsqlDbType.Boolean, answers, answer => answer.Event is null),
            Column.Of(NpgsqlDbType.Uuid, answers, answer => answer.Lease?.Id),
            new NpgsqlParameter<TimeSpan>
            {
                TypedValue = answers.Max(answer => answer.Lease?.Length) ?? TimeSpan.Zero,
                NpgsqlDbType = NpgsqlDbType.Interval,
            },
        },
    };
}
