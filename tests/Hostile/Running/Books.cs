using System.Security.Cryptography;
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
            total_amount, billed_amount, paid_amount, status, valid_until, created_at, components,
            additional_data)
        SELECT p.bill_id, min(p.client_id), 'x', min(p.va_number), 'INV', 'open', 'Bill', 'Customer',
            100000, 100000, sum(p.amount), 'active',
            (@times)[1 + p.bill_id % cardinality(@times)]::timestamptz,
            (@times)[1 + p.bill_id / 3 % cardinality(@times)]::timestamptz,
            (@lines)[1 + p.bill_id % cardinality(@lines)]::jsonb,
            CASE WHEN p.bill_id % 97 = 0 THEN jsonb_build_object('large', repeat('x', 90000)) END
        FROM hostile_payment p
        GROUP BY p.bill_id
        """;

    /// <summary>Times that are none of a calendar, or of no other language's.</summary>
    static readonly string[] Times =
    [
        "2027-01-01 00:00:00+07", "infinity", "-infinity", "9999-12-31 23:59:59+00", "10000-01-01 00:00:00+00",
        "294276-12-31 23:59:59+00", "4713-01-01 00:00:00+00 BC", "0001-01-01 00:00:00+00",
    ];

    /// <summary>Lines of a bill as no specification has them.</summary>
    static readonly string[] Lines =
    [
        "[]", """[{"id": "1", "name": "Fee", "qty": 1, "price": "10000", "total": "10000"}]""", "[null]",
        """["a line"]""", "[[]]", "[17, true, 1.50, 1e300]", """[{"qty": "1,5"}]""", """[{"qty": "1.000"}]""",
        """[{"qty": "5-", "price": {}, "id": true}]""", """[{"qty": null, "price": [], "total": "many"}]""",
        """[{"name": "\ud83d\ude00 é \"quoted\" </script>", "more": {"deep": [[[[{}]]]]}}]""",
        """[{"qty": 99999999999999999999999999, "price": -0.0001}]""",
    ];

    const string Payments =
        """
        INSERT INTO billing.payment (id, bill_id, client_id, payment_ref, va_number, channel, amount)
        SELECT id, bill_id, client_id, payment_ref, va_number, channel, amount FROM hostile_payment
        """;

    /// <summary>Another database on the same server, empty.</summary>
    internal static async Task<string> BesidesAsync(string connectionString)
    {
        var besides = new NpgsqlConnectionStringBuilder(connectionString);
        besides.Database += "_http";
        await using var database = new NpgsqlConnection(connectionString);
        await database.OpenAsync();
        await database.ExecuteAsync($"""DROP DATABASE IF EXISTS "{besides.Database}" WITH (FORCE)""");
        await database.ExecuteAsync($"""CREATE DATABASE "{besides.Database}" ENCODING 'UTF8' TEMPLATE template0""");
        return besides.ConnectionString;
    }

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

        await database.ExecuteAsync(Bills, new { times = Times, lines = Lines });
        await database.ExecuteAsync(Payments);
        await database.ExecuteAsync("ANALYZE billing.bill, billing.payment");
    }

    /// <summary>Every quarantined message; they may be very many, so they come one by one.</summary>
    internal async IAsyncEnumerable<QuarantineRow> QuarantineAsync()
    {
        await using var database = await OpenAsync();
        await foreach (var row in database.QueryUnbufferedAsync<QuarantineRow>(
            """
            SELECT cause AS "Cause", headers ->> 'traceparent' AS "Trace", body AS "Body",
                body_size AS "Size", body_sha256 AS "Hash"
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

    /// <summary>Rows of the quarantine, in any column of which this text stands.</summary>
    internal async Task<long> QuarantineHoldingAsync(string text)
    {
        await using var database = await OpenAsync();
        return await database.ExecuteScalarAsync<long>(
            "SELECT count(*) FROM reversals.quarantine q WHERE strpos(row_to_json(q)::text, @text) > 0",
            new { text });
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

    /// <summary>Of a body that is too large its size and SHA-256; null: it is whole.</summary>
    public long? Size { get; init; }

    public byte[]? Hash { get; init; }

    /// <summary>Whether it is this body, or what is to be kept of it.</summary>
    internal bool IsOf(byte[] body) => Size is null
        ? Body.AsSpan().SequenceEqual(body)
        : Size == body.Length && body.AsSpan(0, 4096).SequenceEqual(Body)
            && SHA256.HashData(body).AsSpan().SequenceEqual(Hash);
}

/// <summary>A row of the inbox.</summary>
sealed record ReversalRow
{
    public required string Client { get; init; }

    public required string Key { get; init; }

    public required long PaymentId { get; init; }

    public required string Cents { get; init; }
}
