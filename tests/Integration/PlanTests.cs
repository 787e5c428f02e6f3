using System.Globalization;
using Npgsql;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Tests.Integration.Harness;
using Reversals.Worker.Storage;

namespace Reversals.Tests.Integration;

/// <summary>With many bills in the books, a request reads the few rows it is about.</summary>
public sealed class PlanTests(Servers servers) : ServerTest(servers)
{
    const int Bills = 50_000;

    const string Probes =
        """
        (ARRAY['acme'], ARRAY['P7'], ARRAY['acme'], ARRAY['TRX-8'], ARRAY['acme'], ARRAY['0000000009'],
         ARRAY[1000::numeric], 4)
        """;

    [Theory]
    [InlineData("custom")]
    [InlineData("generic")]
    public async Task Bills_and_payments_are_found_by_their_indexes(string kindOfPlan)
    {
        await Box.Books.ManyAsync(Bills);
        await Box.Books.RunAsync("ANALYZE billing.bill; ANALYZE billing.payment");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var connection = await database.OpenConnectionAsync(Stop);
        await TextAsync(connection, $"SET plan_cache_mode = force_{kindOfPlan}_plan");
        await ShouldUseIndexesAsync(connection, "lock_bills", Sql.LockBills);
        await ShouldUseIndexesAsync(connection, "read_payments", Sql.ReadPayments);
    }

    /// <summary>A queue is vacuumed empty as often as not; a plan for an empty table must not meet a full one.</summary>
    [Fact]
    public async Task A_claim_planned_for_an_empty_outbox_does_not_compare_each_row_with_each_other()
    {
        const int rows = 4_000;
        await Box.Books.RunAsync("VACUUM ANALYZE reversals.outbox");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var connection = await database.OpenConnectionAsync(Stop);
        await TextAsync(connection, "SET plan_cache_mode = force_generic_plan");
        await TextAsync(connection, $"PREPARE claim AS {Sql.ClaimOutbox}");
        const string run =
            """
            EXPLAIN (ANALYZE, BUFFERS, COSTS off, TIMING off, SUMMARY off)
            EXECUTE claim ('payment.reversal', 500, '10 s', '00000000-0000-0000-0000-000000000001', 0)
            """;
        await TextAsync(connection, run);
        await Box.Books.RunAsync(
            $"""
            INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
            SELECT gen_random_uuid(), 'payment.reversal', 'acme', 'SUCCESS', 'REVERSED', '', now()
            FROM generate_series(1, {rows});
            INSERT INTO reversals.outbox (kind, event_id, bill_id)
            SELECT kind, event_id, row_number() OVER () FROM reversals.event
            """);

        var plan = await TextAsync(connection, run);

        var compared = plan.Split('\n').Where(line => line.Contains("Rows Removed", StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
        compared.ShouldBeLessThan(rows, plan);
        plan.ShouldMatch("outbox_by_bill", plan);
    }

    [Fact]
    public async Task Requests_of_every_kind_scan_no_table()
    {
        const string scanned =
            """
            SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables
            WHERE relname IN ('bill', 'payment', 'reversal', 'event')
            """;
        const string probed =
            "SELECT coalesce(sum(idx_scan), 0)::bigint FROM pg_stat_user_tables WHERE relname = 'payment'";
        await Box.Books.ManyAsync(Bills);
        await Until.TrueAsync(async () => await Box.Books.NumberAsync(probed) == 0, "nothing is probed yet");
        var before = await Box.Books.NumberAsync(scanned);
        await Box.StartWorkerAsync();
        foreach (var body in (string[])
        [
            Some.Request("P7", "request-1"), Some.Request("P7", "request-1"),
            Some.Request("none", "request-2"),
            Some.Json("{'reference_id':'TRX-8'}"),
            Some.Json("{'reference_id':'request-3','virtual_account':'0000000009'}"), "[]",
        ])
        {
            await Box.AskAsync(body);
        }

        // The server counts what a session did at the latest when the session ends.
        await Box.StopWorkersAsync();
        await Until.TrueAsync(async () => await Box.Books.NumberAsync(probed) >= 5, "the probes are counted");
        (await Box.Books.NumberAsync(scanned)).ShouldBe(before);
    }

    static async Task ShouldUseIndexesAsync(NpgsqlConnection connection, string name, string statement)
    {
        await TextAsync(connection, $"PREPARE {name} AS {statement}");
        var plan = await TextAsync(
            connection, $"EXPLAIN (ANALYZE, COSTS off, TIMING off) EXECUTE {name} {Probes}");
        plan.ShouldNotContain("Seq Scan", Case.Sensitive, plan);
        plan.ShouldContain("Index", Case.Sensitive, plan);
        plan.ShouldMatch("rows=3 loops=1");
    }

    static async Task<string> TextAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Stop);
        List<string> lines = [];
        while (await reader.ReadAsync(Stop))
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }
}
