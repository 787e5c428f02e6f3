using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Postgres;

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
    bool _hasViews;

    ReversalTransaction(CommitSession session) => _session = session;

    internal static async Task<ReversalTransaction> OpenAsync(
        PostgresServers database, CancellationToken stop) =>
#pragma warning disable CA2000 // It is the transaction's.
        new(await CommitSession.OpenAsync(database, stop));
#pragma warning restore CA2000

    /// <summary>Closing gives the connection back; the pool rolls back whatever was not committed.</summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <summary>
    /// Begins, locks the bills the requests may touch and reads what stands under the locks. Without
    /// requests, a test write.
    /// </summary>
    /// <param name="requests">The batch.</param>
    /// <param name="full">Those whose client has no room for more pending requests.</param>
    /// <param name="policies">That of each of the batch's clients.</param>
    /// <param name="timeout">How long to wait, from the first statement on to the commit.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="ConcurrencyConflictException">
    /// A payment appeared between the two reads: run the batch again.
    /// </exception>
    internal async Task<Ledger> LoadAsync(
        IReadOnlyList<ReversalRequest> requests, IReadOnlyList<ReversalRequest> full,
        Func<string, ClientPolicy> policies, StatementTimeout timeout, CancellationToken stop)
    {
        // The server ends it in time, if it is alive: nobody cancels it.
        var batch = _session.Connection.CreateBatch();
        batch.Timeout = 0;
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.BillingKind));
        timeout.AddTo(batch, isTest: requests.Count == 0);
        var lookup = new PaymentLookup(requests, policies);
        batch.BatchCommands.Add(lookup.Payments(Sql.LockBills));
        batch.BatchCommands.Add(lookup.Payments(Sql.ReadPayments));
        batch.BatchCommands.Add(lookup.Keys(Sql.ReadReversals));
        long[] pending = [.. requests.Select(request => request.Pending?.Id).OfType<long>().Order()];
        if (pending.Length > 0)
        {
            batch.BatchCommands.Add(PendingCommands.Lock(pending));
        }

        if (full.Count > 0)
        {
            batch.BatchCommands.Add(PendingCommands.Waiting(full));
        }

        EarlierRefusals.AddTo(batch, requests);
        return await _session.AnsweredAsync(() => ReadAsync(batch, lookup), stop);
    }

    async Task<Ledger> ReadAsync(NpgsqlBatch batch, PaymentLookup lookup)
    {
        await using (batch)
        {
            await batch.PrepareAsync(CancellationToken.None);
            await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
            await reader.ReadAsync(CancellationToken.None);
            _hasViews = reader.GetBoolean(0);
            await reader.NextResultAsync(CancellationToken.None);
            return await LedgerReader.ReadAsync(reader, lookup, _reversedBefore, CancellationToken.None);
        }
    }

    /// <summary>
    /// Saves everything the batch decided and commits. Nothing still executes every statement, so
    /// readiness can test whether something could be saved.
    /// </summary>
    /// <param name="ledger">The ledger after the decisions.</param>
    /// <param name="outcomes">One for each request that has an event.</param>
    /// <param name="ended">Pending requests that wait no longer.</param>
    /// <param name="now">When it was decided.</param>
    /// <param name="stop">Gives up, whether or not it is committed later.</param>
    /// <returns>The rows that were born leased, oldest first.</returns>
    /// <exception cref="OutcomeUnknownException">It may or may not be committed.</exception>
    internal async Task<List<LeasedOutcome>> SaveAsync(
        Ledger ledger, IReadOnlyList<Outcome> outcomes, IReadOnlyList<long> ended, DateTimeOffset now,
        CancellationToken stop)
    {
        var batch = _session.Batch;
        Outcome[] applied = [.. outcomes.Where(outcome => outcome.Applied is not null)];
        if (applied.Length > 0 || outcomes.Count == 0)
        {
            batch.BatchCommands.Add(UpdateBills([.. ledger.ChangedBills]));
            batch.BatchCommands.Add(UpdatePayments([.. ledger.ChangedPayments]));
            batch.BatchCommands.Add(InsertReversals(applied, now));
        }

        Outcome[] fresh = [.. outcomes.Where(outcome => outcome.Event is not null)];
        if (fresh.Length > 0 || outcomes.Count == 0)
        {
            batch.BatchCommands.Add(EventCommands.InsertEvents(fresh, now));
        }

        PendingCommands.AddTo(batch, outcomes, ended);
        batch.BatchCommands.Add(EventCommands.InsertOutbox(outcomes));
        if (outcomes.Count == 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(CommitSession.Fence));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await _session.PrepareAsync(stop);
        CrashPoint.Reached(outcomes.Count == 0 ? "nothing to commit" : "before-send-commit");
        // From here on it may be committed without our knowing: then a refusal in it counts, decided again.
        foreach (var outcome in outcomes)
        {
            outcome.Request.Delivery?.Repeat();
        }

        var committing = _session.CommitAsync(reader => ReadLeasedAsync(reader, outcomes), stop);
        CrashPoint.Reached(outcomes.Count == 0 ? "nothing to commit" : "after-send-commit");
        return await committing;
    }

    /// <summary>The outbox returns a row for each outcome, in its order.</summary>
    static async Task<List<LeasedOutcome>> ReadLeasedAsync(
        NpgsqlDataReader reader, IReadOnlyList<Outcome> outcomes)
    {
        List<LeasedOutcome> leased = [];
        do
        {
            if (!Rows.HaveColumn(reader, "is_leased"))
            {
                continue;
            }

            for (var place = 0; await reader.ReadAsync(); place++)
            {
                if (reader.GetBoolean(1))
                {
                    leased.Add(new(outcomes[place], outcomes[place].ToRow(reader.GetInt64(0))));
                }
            }
        }
        while (await reader.NextResultAsync());

        return leased;
    }

    NpgsqlBatchCommand UpdateBills(Bill[] bills) => new(_hasViews ? Sql.UpdateBillsByKey : Sql.UpdateBills)
    {
        Parameters =
        {
            Parameter.Bigints(bills, bill => bill.Id),
            Parameter.Numerics(bills, bill => bill.PaidAmount),
            Parameter.Texts(bills, bill => BillStatusConverter.WordOf(bill.Status)),
            Parameter.Bigints(bills, bill => bill.Version),
        },
    };

    NpgsqlBatchCommand UpdatePayments(BillPayment[] payments) => new(
        _hasViews ? Sql.UpdatePaymentsByKey : Sql.UpdatePayments)
    {
        Parameters =
        {
            Parameter.Bigints(payments, payment => payment.Id),
            Parameter.Numerics(payments, payment => _reversedBefore[payment.Id]),
            Parameter.Numerics(payments, payment => payment.ReversedAmount),
        },
    };

    static NpgsqlBatchCommand InsertReversals(
        Outcome[] applied, DateTimeOffset now) => new(Sql.InsertReversals)
    {
        Parameters =
        {
            Parameter.Texts(applied, outcome => outcome.Request.ClientId),
            Parameter.Texts(applied, outcome => outcome.Request.Key),
            Parameter.Byteas(applied, outcome => outcome.Request.ContentHash()),
            Parameter.Bigints(applied, outcome => outcome.Applied!.Payment.Id),
            Parameter.Bigints(applied, outcome => outcome.Applied!.Bill.Id),
            Parameter.Numerics(applied, outcome => outcome.Applied!.Amount),
            Parameter.Uuids(applied, outcome => outcome.EventId),
            Parameter.Bigints(applied, outcome => StoredKey.PaymentIdOf(
                outcome.Request, outcome.Applied!.Payment)),
            Parameter.Time(now),
        },
    };
}
