using Npgsql;
using NpgsqlTypes;
using Reversals.Contracts;

namespace Reversals.Processing.Storage;

/// <summary>
/// One commit for a whole batch, in two round trips: begin + lock + read, save + commit. The server
/// checks each row count before the commit; on any error nothing of the batch has happened.
/// Disposing an unfinished one rolls it back.
/// </summary>
sealed class ReversalTransaction : IAsyncDisposable
{
    readonly CommitSession _session;
    readonly Dictionary<long, decimal> _reversedBefore = [];

    ReversalTransaction(NpgsqlConnection connection) => _session = new CommitSession(connection);

    internal static async Task<ReversalTransaction> OpenAsync(
        NpgsqlDataSource database, CancellationToken stop) =>
        new(await database.OpenConnectionAsync(stop));

    /// <summary>Closing gives the connection back; the pool rolls back whatever was not committed.</summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <summary>
    /// Begins, locks the bills the requests may touch and reads what stands under the locks. Null when a
    /// payment appeared between the two reads: run the batch again. Without requests, a test write.
    /// </summary>
    /// <param name="requests">The batch.</param>
    /// <param name="full">Those of it whose client has no room for more requests that wait.</param>
    /// <param name="policies">Those of the batch's clients, by client id.</param>
    /// <param name="patience">How long to wait, from the first statement on to the commit.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task<Ledger?> LoadAsync(
        IReadOnlyList<ReversalRequest> requests, IReadOnlyList<ReversalRequest> full,
        IReadOnlyDictionary<string, ClientPolicy> policies, StatementTimeout patience, CancellationToken stop)
    {
        await using var batch = _session.Connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        patience.AddTo(batch, isTest: requests.Count == 0);
        var probe = new PaymentLookup(requests, policies);
        batch.BatchCommands.Add(probe.Payments(Sql.LockBills));
        batch.BatchCommands.Add(probe.Payments(Sql.ReadPayments));
        batch.BatchCommands.Add(probe.Keys(Sql.ReadReversals));
        long[] remembered = [.. requests.Select(request => request.Pending?.Id).OfType<long>().Order()];
        if (remembered.Length > 0)
        {
            batch.BatchCommands.Add(PendingCommands.Lock(remembered));
        }

        if (full.Count > 0)
        {
            batch.BatchCommands.Add(PendingCommands.Waiting(full));
        }

        await batch.PrepareAsync(stop);
        await using var reader = await batch.ExecuteReaderAsync(stop);
        return await LedgerReader.ReadAsync(reader, probe, _reversedBefore, stop);
    }

    /// <summary>
    /// Saves everything the batch decided and commits. Of nothing, every statement is asked all the same: so
    /// it shows whether something could be saved.
    /// </summary>
    /// <param name="ledger">The books after the decisions.</param>
    /// <param name="answers">One for each request that gets one.</param>
    /// <param name="forgotten">Remembered requests that are answered for good.</param>
    /// <param name="now">When it was decided.</param>
    /// <param name="stop">Gives up, whether or not it is committed later.</param>
    /// <returns>The rows that were born leased, oldest first.</returns>
    /// <exception cref="OutcomeUnknownException">It may or may not be committed.</exception>
    internal async Task<List<(Outcome Answer, OutboxRow Row)>> SaveAsync(
        Ledger ledger, IReadOnlyList<Outcome> answers, IReadOnlyList<long> forgotten, DateTimeOffset now,
        CancellationToken stop)
    {
        var batch = _session.Batch;
        Outcome[] applied = [.. answers.Where(answer => answer.Applied is not null)];
        if (applied.Length > 0 || answers.Count == 0)
        {
            batch.BatchCommands.Add(UpdateBills([.. ledger.ChangedBills]));
            batch.BatchCommands.Add(UpdatePayments([.. ledger.ChangedPayments]));
            batch.BatchCommands.Add(InsertReversals(applied, now));
        }

        Outcome[] fresh = [.. answers.Where(answer => answer.Event is not null)];
        if (fresh.Length > 0 || answers.Count == 0)
        {
            batch.BatchCommands.Add(EventCommands.InsertEvents(fresh, now));
        }

        PendingCommands.AddTo(batch, answers, forgotten);
        batch.BatchCommands.Add(EventCommands.InsertOutbox(answers));
        if (answers.Count == 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(CommitSession.Fence));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.PrepareAsync(stop);
        CrashPoint.Reached(answers.Count == 0 ? "nothing to commit" : "before-send-commit");
        var committing = _session.CommitAsync(reader => ReadLeasedAsync(reader, answers), stop);
        CrashPoint.Reached(answers.Count == 0 ? "nothing to commit" : "after-send-commit");
        return await committing;
    }

    /// <summary>The outbox's is the only result of two columns: a row for each answer in its order.</summary>
    static async Task<List<(Outcome Answer, OutboxRow Row)>> ReadLeasedAsync(
        NpgsqlDataReader reader, IReadOnlyList<Outcome> answers)
    {
        List<(Outcome, OutboxRow)> leased = [];
        do
        {
            for (var place = 0; await reader.ReadAsync() && reader.FieldCount == 2; place++)
            {
                if (reader.GetBoolean(1))
                {
                    leased.Add((answers[place], answers[place].ToRow(reader.GetInt64(0))));
                }
            }
        }
        while (await reader.NextResultAsync());

        return leased;
    }

    static NpgsqlBatchCommand UpdateBills(Bill[] bills) => new(Sql.UpdateBills)
    {
        Parameters =
        {
            ArrayParameter.Of(NpgsqlDbType.Bigint, bills, bill => bill.Id),
            ArrayParameter.Of(NpgsqlDbType.Numeric, bills, bill => bill.PaidAmount),
            ArrayParameter.Of(NpgsqlDbType.Text, bills, bill => BillStatusConverter.WordOf(bill.Status)),
            ArrayParameter.Of(NpgsqlDbType.Bigint, bills, bill => bill.Version),
        },
    };

    NpgsqlBatchCommand UpdatePayments(BillPayment[] payments) => new(Sql.UpdatePayments)
    {
        Parameters =
        {
            ArrayParameter.Of(NpgsqlDbType.Bigint, payments, payment => payment.Id),
            ArrayParameter.Of(NpgsqlDbType.Numeric, payments, payment => _reversedBefore[payment.Id]),
            ArrayParameter.Of(NpgsqlDbType.Numeric, payments, payment => payment.ReversedAmount),
        },
    };

    static NpgsqlBatchCommand InsertReversals(
        Outcome[] applied, DateTimeOffset now) => new(Sql.InsertReversals)
    {
        Parameters =
        {
            ArrayParameter.Of(NpgsqlDbType.Text, applied, answer => answer.Request.ClientId),
            ArrayParameter.Of(NpgsqlDbType.Text, applied, answer => answer.Request.Key),
            ArrayParameter.Of(NpgsqlDbType.Bytea, applied, answer => answer.Request.ContentHash()),
            ArrayParameter.Of(NpgsqlDbType.Bigint, applied, answer => answer.Applied!.Payment.Id),
            ArrayParameter.Of(NpgsqlDbType.Bigint, applied, answer => answer.Applied!.Bill.Id),
            ArrayParameter.Of(NpgsqlDbType.Numeric, applied, answer => answer.Applied!.Amount),
            ArrayParameter.Of(NpgsqlDbType.Uuid, applied, answer => answer.EventId),
            ArrayParameter.Of(NpgsqlDbType.Bigint, applied, answer => ReversalRow.KeyPaymentIdOf(
                answer.Request, answer.Applied!.Payment)),
            ArrayParameter.Time(now),
        },
    };
}
