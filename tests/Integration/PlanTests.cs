using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>With many bills in the books, a request reads the few rows it is about.</summary>
public sealed class PlanTests(Servers servers) : ServerTest(servers)
{
    const int Bills = 50_000;

    const string Probes =
        """
        (ARRAY['acme'], ARRAY['P7'], ARRAY['acme'], ARRAY['TRX-8'], ARRAY['acme'], ARRAY['0000000009'],
         ARRAY[1000::numeric], ARRAY[now()], 100)
        """;

    [Theory]
    [Each("custom", "generic")]
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

    /// <summary>The worker keeps its plans, and tables are vacuumed while they are empty: a queue as often as
    /// not, the others on the day before the first message. A look-up planned then must still be one when
    /// millions of rows have come. Every scan of an index therefore needs a condition, and no pair of rows is
    /// compared.</summary>
    [Theory]
    [InlineData(nameof(Sql.ReadReversals), "null, null, null, null, 1", "(reference_id = w.reference_id)")]
    [InlineData(nameof(Sql.ReadReversals), "null, null, null, null, 1", "(key_payment_id = p.id)")]
    [InlineData(nameof(Sql.FindTold), "null, null", "(message_hash = w.message_hash)")]
    [InlineData(nameof(Sql.FindToldKey), "null, null, null, null, null", "(reference_id = w.key)")]
    [InlineData(nameof(Sql.UpdateBills), "null, null, null, null", "(id = w.id)")]
    [InlineData(nameof(Sql.UpdatePayments), "null, null, null", "(id = w.id)")]
    [InlineData(nameof(Sql.ClaimOutbox), "null, 500, null, null, 0", "(kind = $1) AND (id >= $5)")]
    [InlineData(nameof(Sql.ClaimOutbox), "null, 500, null, null, 0", "(bill_id = o.bill_id) AND (id < o.id)")]
    [InlineData(nameof(Sql.ClaimOutbox), "null, 500, null, null, 0", "(event_id = l.event_id)")]
    [InlineData(nameof(Sql.CompleteOutbox), "null, null, null", "(kind = $1) AND (id = w.id)")]
    [InlineData(nameof(Sql.CountWaiting), "null, null, 1, null", "(cause = w_1.cause)")]
    [InlineData(nameof(Sql.CountPending), "null, null", "(client_id = w.client)")]
    [InlineData(nameof(Sql.OutboxAge), "null, null", "(kind = w.kind)")]
    [InlineData(nameof(Sql.BackoffOutbox), "null, null, null, null", "(kind = $1) AND (id = w.id)")]
    [InlineData(nameof(Sql.FreshPending), "0, 500, null, null, null", "(payment_ref = p.payment_ref)")]
    [InlineData(nameof(Sql.FreshPending), "0, 500, null, null, null", "(reference_id = p.reference_id)")]
    [InlineData(nameof(Sql.FreshPending), "0, 500, null, null, null", """("right"(va_number, 10) = "right"(""")]
    [InlineData(nameof(Sql.SweepPending), "null, null, null", "(payment_ref = q.payment_ref)")]
    [InlineData(nameof(Sql.SweepPending), "null, null, null", "(reference_id = q.reference_id)")]
    [InlineData(nameof(Sql.FindPending), "null, null, null", "(request_hash = w.request_hash)")]
    [InlineData(nameof(Sql.WithdrawPending), "null, null, null", "(request_hash = w.request_hash)")]
    public async Task A_plan_made_for_empty_tables_looks_rows_up_by_their_keys(
        string statement, string values, string condition)
    {
        await Box.Books.RunAsync("VACUUM ANALYZE");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var connection = await database.OpenConnectionAsync(Stop);
        var text = (string)typeof(Sql).GetField(statement, BindingFlags.Static | BindingFlags.NonPublic)!
            .GetValue(null)!;
        await TextAsync(connection, $"PREPARE planned AS {text}");

        var plan = await TextAsync(connection, $"EXPLAIN (COSTS off) EXECUTE planned ({values})");

        string[] lines = [.. plan.Split('\n').Select(line => line.Trim())];
        var scans = lines.Index().Where(line => line.Item.Contains("Index Scan", StringComparison.Ordinal));
        scans.ShouldAllBe(
            scan => lines[scan.Index + 1].StartsWith("Index Cond", StringComparison.Ordinal), plan);
        plan.ShouldContain(condition, Case.Sensitive, plan);
        plan.ShouldNotContain("Seq Scan", Case.Sensitive, plan);
        plan.ShouldNotMatch(@"Join Filter: \(*\w+\.\w*id", plan);
    }

    /// <summary>
    /// Why the statements change rows at their place (decision 21). Where this fails, their keys do as well.
    /// </summary>
    [Theory]
    [InlineData(
        "UPDATE billing.bill b SET version = w.version " +
        "FROM unnest($1::bigint[], $2::bigint[]) AS w (id, version) WHERE b.id = w.id",
        "Join Filter: (b.id = w.id)")]
    [InlineData(
        "DELETE FROM reversals.outbox o WHERE o.kind = $1::text AND o.id = ANY ($2::bigint[])",
        "Filter: (id = ANY ($2))")]
    public async Task A_plan_made_for_empty_tables_that_changes_rows_by_their_keys_reads_every_row(
        string text, string condition)
    {
        await Box.Books.RunAsync("VACUUM ANALYZE");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var connection = await database.OpenConnectionAsync(Stop);
        await TextAsync(connection, $"PREPARE planned AS {text}");
        (await TextAsync(connection, "EXPLAIN (COSTS off) EXECUTE planned (null, null)"))
            .ShouldContain(condition);
    }

    /// <summary>Rows behind views have no place: decision 27.</summary>
    [Fact]
    public async Task Rows_that_are_changed_one_by_one_by_a_plan_made_for_empty_tables_are_all_that_is_read()
    {
        const string change =
            """
            SELECT reversals.update_bills(
                ARRAY[1000001, 1049999]::bigint[], ARRAY[1, 2]::numeric[], ARRAY['active', 'active'],
                ARRAY[1, 1]::bigint[])::text
            """;
        await Box.Books.RunAsync("VACUUM ANALYZE");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var connection = await database.OpenConnectionAsync(Stop);
        (await TextAsync(connection, change)).ShouldBe("0");
        await Box.Books.ManyAsync(Bills);
        await TextAsync(connection, "BEGIN");
        (await TextAsync(connection, change)).ShouldBe("2");
        (await TextAsync(
            connection,
            "SELECT (seq_tup_read + idx_tup_fetch)::text FROM pg_stat_xact_user_tables " +
            "WHERE relid = 'billing.bill'::regclass")).ShouldBe("2");
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
