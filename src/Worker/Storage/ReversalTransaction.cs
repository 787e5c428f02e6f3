using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Reversals.Worker.Storage;

/// <summary>The answer to one request, ready to be saved.</summary>
sealed record Answer
{
    /// <summary>The event to publish: a new one, or the stored one that answers a duplicate.</summary>
    public required Guid EventId { get; init; }

    /// <summary>Kind of the event, which is also the relay that publishes it.</summary>
    public required string Kind { get; init; }

    /// <summary>The bill whose events keep their order; null: no bill.</summary>
    public long? BillId { get; init; }

    /// <summary>The new event's row; null when a stored event answers again.</summary>
    public EventRow? Event { get; init; }

    /// <summary>What was applied; null when nothing was.</summary>
    public Applied? Applied { get; init; }

    /// <summary>The request that is answered.</summary>
    public required ReversalRequest Request { get; init; }
}

/// <summary>What of an event is kept besides its id.</summary>
sealed record EventRow
{
    public required string Rc { get; init; }
    public required string Reason { get; init; }
    public string? PaymentRef { get; init; }
    public required byte[] Body { get; init; }
}

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
    internal async Task<Ledger?> LoadAsync(IReadOnlyList<ReversalRequest> requests, CancellationToken stop)
    {
        await using var batch = _connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        var probe = new Probe(requests);
        batch.BatchCommands.Add(probe.Payments(Sql.LockBills));
        batch.BatchCommands.Add(probe.Payments(Sql.ReadPayments));
        batch.BatchCommands.Add(probe.Keys(Sql.ReadReversals));

        var ledger = new Ledger();
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

        return ledger;
    }

    /// <summary>Saves everything the batch decided and commits.</summary>
    internal async Task SaveAsync(
        Ledger ledger, IReadOnlyList<Answer> answers, DateTimeOffset now, CancellationToken stop)
    {
        await using var batch = _connection.CreateBatch();
        Answer[] applied = [.. answers.Where(answer => answer.Applied is not null)];
        if (applied.Length > 0)
        {
            batch.BatchCommands.Add(UpdateBills([.. ledger.ChangedBills]));
            batch.BatchCommands.Add(UpdatePayments([.. ledger.ChangedPayments]));
            batch.BatchCommands.Add(InsertReversals(applied, now));
        }

        Answer[] fresh = [.. answers.Where(answer => answer.Event is not null)];
        if (fresh.Length > 0)
        {
            batch.BatchCommands.Add(InsertEvents(fresh, now));
        }

        batch.BatchCommands.Add(InsertOutbox(answers));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        CrashPoint.Reached("P5-before");
        var committing = batch.ExecuteNonQueryAsync(stop);
        CrashPoint.Reached("P5-after");
        await committing;
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
            Column.Of(NpgsqlDbType.Text, bills, bill => Words.Of(bill.Status)),
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
        },
    };
}
