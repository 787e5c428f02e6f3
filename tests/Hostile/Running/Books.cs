using Dapper;
using Npgsql;
using NpgsqlTypes;
using Reversals.Tests.Hostile.Cases;

namespace Reversals.Tests.Hostile.Running;

/// <summary>The biller's books before and after, and what the worker keeps.</summary>
sealed class Books(string connectionString)
{
    /// <summary>So many payments of the most that can be paid fit into what a bill may have.</summary>
    const int PaymentsPerBill = 8;

    const decimal Most = 999_999_999_999_999.99m;

    const string Bills =
        """
        INSERT INTO billing.bill (
            id, client_id, hash, va_number, invoice_number, type, name, customer_name,
            total_amount, billed_amount, paid_amount, status, valid_until)
        SELECT p.bill_id, min(p.client_id), 'x', min(p.va_number), 'INV', 'open', 'Bill', 'Customer',
            100000, 100000, sum(p.amount), 'active', now() + interval '1 year'
        FROM hostile_payment p
        GROUP BY p.bill_id
        """;

    const string Payments =
        """
        INSERT INTO billing.payment (id, bill_id, client_id, payment_ref, va_number, channel, amount)
        SELECT id, bill_id, client_id, payment_ref, va_number, channel, amount FROM hostile_payment
        """;

    internal async Task SeedAsync(IReadOnlyCollection<SeededPayment> payments, int good)
    {
        await using var database = await OpenAsync();
        await database.ExecuteAsync(
            """
            SET synchronous_commit = off;
            CREATE TEMPORARY TABLE hostile_payment (
                id bigint, bill_id bigint, client_id text, payment_ref text, va_number text, channel text,
                amount numeric(18, 2))
            """);
        await using (var rows = await database.BeginBinaryImportAsync(
            "COPY hostile_payment FROM STDIN (FORMAT binary)"))
        {
            // A bill is one client's.
            var bill = 0L;
            foreach (var together in payments.GroupBy(payment => payment.Client, StringComparer.Ordinal)
                .SelectMany(client => client.Chunk(PaymentsPerBill)))
            {
                bill++;
                foreach (var payment in together)
                {
                    await WriteAsync(rows, payment, bill, Most);
                }
            }

            for (var number = 0; number < good; number++)
            {
                var paymentRef = GoodTraffic.PaymentRef(number);
                var payment = new SeededPayment(
                    payments.Count + 1 + number, Clients.Good, paymentRef, "8573990000000000");
                await WriteAsync(rows, payment, ++bill, GoodTraffic.Amount);
            }

            await rows.CompleteAsync();
        }

        await database.ExecuteAsync(Bills);
        await database.ExecuteAsync(Payments);
        await database.ExecuteAsync("ANALYZE billing.bill, billing.payment");
    }

    /// <summary>Every quarantined message; they may be very many, so they come one by one.</summary>
    internal async IAsyncEnumerable<QuarantineRow> QuarantineAsync()
    {
        await using var database = await OpenAsync();
        await foreach (var row in database.QueryUnbufferedAsync<QuarantineRow>(
            """
            SELECT cause AS "Cause", headers ->> 'traceparent' AS "Trace", body AS "Body"
            FROM reversals.quarantine
            """))
        {
            yield return row;
        }
    }

    /// <summary>Whether somebody's rows are here already.</summary>
    internal async Task<bool> IsUsedAsync()
    {
        await using var database = await OpenAsync();
        return await database.ExecuteScalarAsync<bool>(
            """
            SELECT EXISTS (SELECT FROM billing.bill) OR EXISTS (SELECT FROM reversals.event)
                OR EXISTS (SELECT FROM reversals.quarantine)
            """);
    }

    internal async Task<long> QuarantinedAsync()
    {
        await using var database = await OpenAsync();
        return await database.ExecuteScalarAsync<long>("SELECT count(*) FROM reversals.quarantine");
    }

    /// <summary>What was applied, as text: no number type stands between database and oracle.</summary>
    internal async Task<IReadOnlyList<ReversalRow>> ReversalsAsync()
    {
        await using var database = await OpenAsync();
        return [.. await database.QueryAsync<ReversalRow>(
            """
            SELECT client_id AS "Client", reference_id AS "Key", payment_id AS "PaymentId",
                trim_scale(amount * 100)::text AS "Cents"
            FROM reversals.reversal
            """)];
    }

    internal async Task<IReadOnlyDictionary<long, string>> ReversedAsync()
    {
        await using var database = await OpenAsync();
        return (await database.QueryAsync<(long Id, string Cents)>(
            "SELECT id, trim_scale(reversed_amount * 100)::text FROM billing.payment"))
            .ToDictionary(row => row.Id, row => row.Cents);
    }

    /// <summary>Bills whose paid_amount is not what their payments have left.</summary>
    internal async Task<long> BillsApartAsync()
    {
        await using var database = await OpenAsync();
        return await database.ExecuteScalarAsync<long>(
            """
            SELECT count(*) FROM billing.bill b
            WHERE b.paid_amount <> (
                SELECT sum(p.amount - p.reversed_amount) FROM billing.payment p WHERE p.bill_id = b.id)
            """);
    }

    internal async Task<long> OutboxAsync()
    {
        await using var database = await OpenAsync();
        return await database.ExecuteScalarAsync<long>("SELECT count(*) FROM reversals.outbox");
    }

    static async Task WriteAsync(
        NpgsqlBinaryImporter rows, SeededPayment payment, long bill, decimal amount)
    {
        await rows.StartRowAsync();
        await rows.WriteAsync(payment.Id, NpgsqlDbType.Bigint);
        await rows.WriteAsync(bill, NpgsqlDbType.Bigint);
        await rows.WriteAsync(payment.Client, NpgsqlDbType.Text);
        await rows.WriteAsync(payment.PaymentRef, NpgsqlDbType.Text);
        await rows.WriteAsync(payment.Va, NpgsqlDbType.Text);
        await rows.WriteAsync(SeededPayment.Channel, NpgsqlDbType.Text);
        await rows.WriteAsync(amount, NpgsqlDbType.Numeric);
    }

    async Task<NpgsqlConnection> OpenAsync()
    {
        var database = new NpgsqlConnection(connectionString);
        await database.OpenAsync();
        return database;
    }
}

/// <summary>A row of the quarantine.</summary>
sealed record QuarantineRow
{
    public required string Cause { get; init; }

    public string? Trace { get; init; }

    public required byte[] Body { get; init; }
}

/// <summary>A row of the inbox.</summary>
sealed record ReversalRow
{
    public required string Client { get; init; }

    public required string Key { get; init; }

    public required long PaymentId { get; init; }

    public required string Cents { get; init; }
}
