using Dapper;
using Npgsql;

namespace Reversals.Tests.Chaos;

/// <summary>A database of the oracle's own in which told histories are judged.</summary>
sealed class HistoryDatabase(string connectionString)
{
    internal string ConnectionString => connectionString;

    /// <summary>How long the last judgement took.</summary>
    internal TimeSpan Took { get; private set; }

    /// <summary>What the worker's own constraints forbid must be told here too.</summary>
    internal Task PrepareAsync() => ExecuteAsync(
        "ALTER TABLE reversals.reversal DROP CONSTRAINT reversal_pkey", new object());

    /// <summary>Writes a history and lets the oracle judge it.</summary>
    internal async Task<IReadOnlyList<Finding>> JudgeAsync(ToldHistory history)
    {
        await ExecuteAsync(
            """
            TRUNCATE billing.bill, billing.payment, reversals.reversal, reversals.event, reversals.outbox,
                reversals.quarantine
            """,
            new object());
        await AddAsync([.. history.BillsBefore.Values]);
        await AddAsync([.. history.PaymentsBefore.Values]);
        var before = await Checker.RememberAsync(connectionString);
        await ExecuteAsync("TRUNCATE billing.bill, billing.payment", new object());
        await AddAsync([.. history.Bills.Values]);
        await AddAsync([.. history.Payments.Values]);
        await AddAsync(history.Reversals);
        await AddAsync(history.Events);
        await ExecuteAsync(
            "INSERT INTO reversals.outbox (kind, event_id) SELECT 'payment.reversal', unnest(@ids)",
            new { ids = history.Outbox.ToArray() });
        foreach (var (cause, body) in history.Quarantine)
        {
            await ExecuteAsync(
                """
                INSERT INTO reversals.quarantine (cause, detail, headers, body, received_at)
                VALUES (@cause, '', '{}', @body, now())
                """,
                new { cause, body });
        }

        var began = Stopwatch.GetTimestamp();
        var findings = await Checker.CheckAsync(
            connectionString, before, history.Added, history.Sent, history.Heard, history.Queues);
        Took = Stopwatch.GetElapsedTime(began);
        return findings;
    }

    Task AddAsync(IReadOnlyList<BillRow> rows) => ExecuteAsync(
        """
        INSERT INTO billing.bill (id, client_id, hash, va_number, invoice_number, type, name, customer_name,
            total_amount, billed_amount, paid_amount, status, valid_until, created_at, version)
        SELECT w.id, w.client, w.hash, '857399' || lpad(w.id::text, 10, '0'), 'INV', w.type, 'SPP', 'Siti',
            w.total, w.total, w.paid, w.status, w.until, '2026-01-01T00:00:00Z', w.version
        FROM unnest(@ids, @clients, @hashes, @types, @totals, @paid, @states, @until, @versions)
            AS w (id, client, hash, type, total, paid, status, until, version)
        """,
        new
        {
            ids = Of(rows, row => row.Id), clients = Of(rows, row => row.ClientId),
            hashes = Of(rows, row => row.Hash), types = Of(rows, row => row.Type),
            totals = Of(rows, row => row.TotalAmount), paid = Of(rows, row => row.PaidAmount),
            states = Of(rows, row => row.Status), until = Of(rows, row => row.ValidUntil),
            versions = Of(rows, row => row.Version),
        });

    Task AddAsync(IReadOnlyList<PaymentRow> rows) => ExecuteAsync(
        """
        INSERT INTO billing.payment
            (id, bill_id, client_id, payment_ref, reference_id, va_number, amount, reversed_amount, paid_at)
        SELECT w.*, '2026-01-01T00:00:00Z'
        FROM unnest(@ids, @bills, @clients, @refs, @references, @vas, @amounts, @reversed) AS w
        """,
        new
        {
            ids = Of(rows, row => row.Id), bills = Of(rows, row => row.BillId),
            clients = Of(rows, row => row.ClientId), refs = Of(rows, row => row.PaymentRef),
            references = Of(rows, row => row.ReferenceId), vas = Of(rows, row => row.VaNumber),
            amounts = Of(rows, row => row.Amount), reversed = Of(rows, row => row.ReversedAmount),
        });

    Task AddAsync(IReadOnlyList<ReversalRow> rows) => ExecuteAsync(
        """
        INSERT INTO reversals.reversal
            (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, reversed_at)
        SELECT w.client, w.reference, sha256(''), w.payment, w.bill, w.amount, w.event, w.at
        FROM unnest(@clients, @references, @payments, @bills, @amounts, @events, @times)
            AS w (client, reference, payment, bill, amount, event, at)
        """,
        new
        {
            clients = Of(rows, row => row.ClientId), references = Of(rows, row => row.ReferenceId),
            payments = Of(rows, row => row.PaymentId), bills = Of(rows, row => row.BillId),
            amounts = Of(rows, row => row.Amount), events = Of(rows, row => row.EventId),
            times = Of(rows, row => row.ReversedAt),
        });

    Task AddAsync(IReadOnlyList<ToldEvent> rows) => ExecuteAsync(
        """
        INSERT INTO reversals.event (event_id, kind, client_id, reference_id, rc, reason, body, occurred_at)
        SELECT w.id, w.kind, w.client, w.reference, 'RC', w.reason, w.body,
            '2026-01-01T12:00:00Z'::timestamptz + w.place * interval '1 millisecond'
        FROM unnest(@ids, @kinds, @clients, @references, @reasons, @bodies) WITH ORDINALITY
            AS w (id, kind, client, reference, reason, body, place)
        """,
        new
        {
            ids = Of(rows, row => row.Id),
            kinds = Of(rows, row => row.IsReversed ? "payment.reversal" : "payment.reversal.rejected"),
            clients = Of(rows, row => row.Client), references = Of(rows, row => row.Reference),
            reasons = Of(rows, row => row.Reason), bodies = Of(rows, row => Encoding.UTF8.GetBytes(row.Body)),
        });

    async Task ExecuteAsync(string sql, object values)
    {
        await using var database = new NpgsqlConnection(connectionString);
        await database.OpenAsync();
        await database.ExecuteAsync(sql, values);
    }

    static TValue[] Of<TRow, TValue>(IReadOnlyList<TRow> rows, Func<TRow, TValue> value) =>
        [.. rows.Select(value)];
}
