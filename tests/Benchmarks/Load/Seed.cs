using Dapper;
using Npgsql;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// Fills a migrated database, on the server's own side: two tables at a time, each without its indexes, which
/// are made when its rows are there, and the foreign key at last. 20 million rows would otherwise take hours.
/// </summary>
static class Seed
{
    /// <summary>Keys and indexes of a table as it was migrated: what takes each away and brings it back.</summary>
    const string Indexes =
        """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS Away,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s',
                      conrelid::regclass, conname, pg_get_constraintdef(oid)) AS Back
        FROM pg_constraint WHERE conrelid = @table::regclass AND contype IN ('p', 'u')
        UNION ALL
        SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
        FROM pg_index i
        WHERE i.indrelid = @table::regclass
          AND NOT EXISTS (
              SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))
        """;

    const string ForeignKeys =
        """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS Away,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s',
                      conrelid::regclass, conname, pg_get_constraintdef(oid)) AS Back
        FROM pg_constraint
        WHERE contype = 'f' AND connamespace IN ('billing'::regnamespace, 'reversals'::regnamespace)
        """;

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
    const string PastEvents =
        """
        INSERT INTO reversals.event (event_id, kind, client_id, reference_id, rc, reason, body, occurred_at)
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(r), 12, '0'))::uuid, 'payment.reversal',
            'past', 'H' || r, 'SUCCESS', 'REVERSED', convert_to('{"reference_id":"H' || r || '"}', 'UTF8'),
            now() - interval '30 days'
        FROM generate_series(1, @Past) AS r
        """;

    const string PastReversals =
        """
        INSERT INTO reversals.reversal
            (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, reversed_at)
        SELECT 'past', 'H' || r, sha256(convert_to(r::text, 'UTF8')), r, r % @Bills + 1, @Amount,
            ('00000000-0000-7000-8000-' || lpad(to_hex(r), 12, '0'))::uuid, now() - interval '30 days'
        FROM generate_series(1, @Past) AS r
        """;

    internal static async Task FillAsync(string connectionString, Shape shape)
    {
        await using var database = await OpenAsync(connectionString);
        var foreignKeys = await TakeAwayAsync(database, ForeignKeys, table: null);
        await Task.WhenAll(
            FillAsync(connectionString, shape,
                [("billing.bill", Bills), ("reversals.event", PastEvents)]),
            FillAsync(connectionString, shape,
                [("billing.payment", Payments), ("reversals.reversal", PastReversals)]));
        foreach (var key in foreignKeys)
        {
            await RunAsync(database, key);
        }

        await RunAsync(database, "VACUUM ANALYZE");
    }

    /// <summary>
    /// Brings into memory what a request may touch, as it is on a server that has been at work for a while: one
    /// that was just started reads four pages a request from the disk. All of it goes to the system's cache as
    /// far as that has room; the smallest relations, whose pages are touched most often, also to the server's
    /// own, up to four fifths of it.
    /// </summary>
    internal static async Task WarmAsync(string connectionString)
    {
        await using var database = await OpenAsync(connectionString);
        await database.ExecuteAsync("CREATE EXTENSION IF NOT EXISTS pg_prewarm");
        await RunAsync(database,
            """
            WITH touched (relation) AS (
                SELECT unnest(ARRAY['billing.bill', 'billing.payment'])::regclass
                UNION ALL
                SELECT indexrelid FROM pg_index
                WHERE indrelid IN ('billing.bill'::regclass, 'billing.payment'::regclass)
            ),
            sized AS (
                SELECT relation, sum(pg_relation_size(relation)) OVER (ORDER BY pg_relation_size(relation)) AS upto
                FROM touched
            )
            SELECT count(pg_prewarm(relation, CASE
                WHEN upto < 0.8 * pg_size_bytes(current_setting('shared_buffers')) THEN 'buffer' ELSE 'read' END))
            FROM sized
            """);
    }

    static async Task FillAsync(
        string connectionString, Shape shape, IEnumerable<(string Table, string Rows)> tables)
    {
        await using var database = await OpenAsync(connectionString);
        foreach (var (table, rows) in tables)
        {
            // It would find the new rows in the middle of their making, and again in the middle of a measurement.
            await RunAsync(database, $"ALTER TABLE {table} SET (autovacuum_enabled = off)");
            var indexes = await TakeAwayAsync(database, Indexes, table);
            await RunAsync(database, rows, new
            {
                Shape.Client, Shape.Prefix, Shape.Amount, shape.Bills, shape.Payments, shape.Hot, shape.Past,
            });
            foreach (var index in indexes)
            {
                await RunAsync(database, index);
            }

            await RunAsync(database, $"VACUUM {table}");
            await RunAsync(database, $"ALTER TABLE {table} RESET (autovacuum_enabled)");
        }
    }

    /// <summary>Unpooled: a template in use could not be copied.</summary>
    static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var database = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString)
            {
                Pooling = false, CommandTimeout = 0, KeepAlive = 30,
            }.ConnectionString);
        await database.OpenAsync();
        await database.ExecuteAsync("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'");
        return database;
    }

    /// <summary>Takes them away; what brings each back.</summary>
    static async Task<string[]> TakeAwayAsync(NpgsqlConnection database, string which, string? table)
    {
        var found = (await database.QueryAsync<(string Away, string Back)>(which, new { table })).ToArray();
        foreach (var (away, _) in found)
        {
            await database.ExecuteAsync(away);
        }

        return [.. found.Select(index => index.Back)];
    }

    /// <summary>What takes long is told.</summary>
    static async Task RunAsync(NpgsqlConnection database, string statement, object? values = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        await database.ExecuteAsync(statement, values);
        var took = TimeProvider.System.GetElapsedTime(began);
        if (took > TimeSpan.FromSeconds(10))
        {
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"- {statement.Split('\n')[0].Trim()}: {took.TotalSeconds:0} s"));
        }
    }
}
