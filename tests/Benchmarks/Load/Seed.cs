using Dapper;
using Npgsql;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>Fills a migrated database, on the server's own side.</summary>
static class Seed
{
    const string Bills =
        """
        INSERT INTO billing.bill (
            id, client_id, hash, va_number, invoice_number, type, name,
            customer_name, customer_email, customer_phone, customer_address,
            total_amount, billed_amount, paid_amount, status, description, ext_description,
            valid_until, created_at,
            components, additional_data)
        SELECT b, @Client, 'x' || to_hex(b), @Prefix || lpad(b::text, 10, '0'), 'INV-' || b, 'open',
            'SPP Bulan Januari', 'John Doe', 'john.doe@example.com', '+621234567890', 'Surabaya, Indonesia',
            100000, 100000,
            @Amount::numeric * CASE WHEN @Hot THEN CASE WHEN b = 1 THEN @Payments ELSE 0 END
                                    ELSE @Payments / @Bills +
                                         CASE WHEN b <= @Payments % @Bills THEN 1 ELSE 0 END END,
            'active', 'Pembayaran SPP Bulan Januari', '-',
            '2032-04-05T13:32:08+07:00', '2022-04-04T06:32:08+07:00',
            '[{"id": "95f5c77f-79de-4c12-a151-ef7c68e9b7d2", "name": "SPP Januari", "qty": "1",
               "price": "100000", "total": "100000"}]',
            '[{"key": "class", "label": "Kelas / Angkatan", "value": "8A"}]'
        FROM generate_series(1, @Bills) AS b
        """;

    const string Payments =
        """
        INSERT INTO billing.payment (
            id, bill_id, client_id, payment_ref, reference_id, va_number, channel, amount)
        SELECT p, w.bill, @Client, 'P' || lpad(p::text, 9, '0'), 'TRX-' || p,
            @Prefix || lpad(w.bill::text, 10, '0'),
            'bank_bsi', @Amount
        FROM generate_series(1, @Payments) AS p
        CROSS JOIN LATERAL (SELECT CASE WHEN @Hot THEN 1 ELSE (p - 1) % @Bills + 1 END AS bill) AS w
        """;

    /// <summary>The ids of past events rise with time, as those of the worker do.</summary>
    const string Past =
        """
        INSERT INTO reversals.event (event_id, kind, client_id, reference_id, rc, reason, body, occurred_at)
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(r), 12, '0'))::uuid, 'payment.reversal',
            'past', 'H' || r, 'SUCCESS', 'REVERSED', convert_to('{"reference_id":"H' || r || '"}', 'UTF8'),
            now() - interval '30 days'
        FROM generate_series(1, @Past) AS r;
        INSERT INTO reversals.reversal
            (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, reversed_at)
        SELECT 'past', 'H' || r, sha256(convert_to(r::text, 'UTF8')), r, r % @Bills + 1, @Amount,
            ('00000000-0000-7000-8000-' || lpad(to_hex(r), 12, '0'))::uuid, now() - interval '30 days'
        FROM generate_series(1, @Past) AS r
        """;

    internal static async Task FillAsync(string connectionString, Shape shape)
    {
        // Unpooled: a template in use could not be copied.
        var settings = new NpgsqlConnectionStringBuilder(
            connectionString) { Pooling = false, CommandTimeout = 0 };
        await using var database = new NpgsqlConnection(settings.ConnectionString);
        await database.OpenAsync();
        var values = new
        {
            Shape.Client, Shape.Prefix, Shape.Amount, shape.Bills, shape.Payments, shape.Hot, shape.Past,
        };
        await database.ExecuteAsync("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'");
        await database.ExecuteAsync(Bills, values);
        await database.ExecuteAsync(Payments, values);
        if (shape.Past > 0)
        {
            await database.ExecuteAsync(Past, values);
        }

        await database.ExecuteAsync("VACUUM ANALYZE");
    }
}
