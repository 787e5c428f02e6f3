using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>A biller may partition its tables, in whose parts rows have the same place.</summary>
public sealed class PartitionTests(Servers servers) : ServerTest(servers)
{
    [Theory]
    [InlineData("HASH (id)", "id", "HASH (id)", "id")]
    [InlineData("HASH (id)", "id", "HASH (client_id)", "id, client_id")]
    [InlineData("HASH (client_id)", "id, client_id", "HASH (id)", "id")]
    [InlineData("HASH (id)", "id", "RANGE (paid_at)", "id, paid_at")]
    [InlineData("LIST (status)", "id, status", "HASH (id)", "id")]
    public async Task Reversals_on_partitioned_tables_change_the_right_rows(
        string bills, string billKey, string payments, string paymentKey)
    {
        await Partitions.MakeAsync(Box.Books, "bill", bills, billKey);
        await Partitions.MakeAsync(Box.Books, "payment", payments, paymentKey);
        await Migrator.MigrateAsync(Box.Books.ConnectionString, TimeProvider.System, Stop);
        var roles = await Box.UseRolesAsync();
        var ids = new List<long>();
        for (var bill = 0; bill < 12; bill++)
        {
            ids.Add(await Box.Books.BillAsync());
            await Box.Books.PayAsync(ids[^1], $"P{bill}", 10_000, daysAgo: bill);
        }

        await Box.StartWorkerAsync();
        foreach (var bill in ids.Index())
        {
            await Box.Upstream.SendAsync(Some.Request($"P{bill.Index}", $"first-{bill.Index}", 4_000));
            await Box.Upstream.SendAsync(Some.Request($"P{bill.Index}", $"second-{bill.Index}", 5_000));
        }

        (await Box.Tap.HearAsync(24)).ShouldAllBe(one => one.Reason == "PARTIALLY_REVERSED");
        foreach (var id in ids)
        {
            (await Box.Books.StateAsync(id)).PaidAmount.ShouldBe(1_000);
        }

        await Box.SettledAsync();
        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator);
        foreach (var verb in (string[])["reconcile", "show first-1", "check"])
        {
            (await RunAsync(verb)).ShouldEndWith(0);
        }
    }

    [Theory]
    [InlineData(nameof(Sql.UpdateBills), "null, null, null, null")]
    [InlineData(nameof(Sql.UpdatePayments), "null, null, null")]
    public async Task A_plan_for_partitioned_tables_looks_rows_up_by_their_keys(
        string statement, string values)
    {
        await Partitions.MakeAsync(Box.Books, "bill", "HASH (id)", "id");
        await Partitions.MakeAsync(Box.Books, "payment", "HASH (id)", "id");
        await Box.Books.RunAsync("VACUUM ANALYZE");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var connection = await database.OpenConnectionAsync(Stop);
        await using var command = connection.CreateCommand();
        command.CommandText = "PREPARE planned AS " +
            (statement == nameof(Sql.UpdateBills) ? Sql.UpdateBills : Sql.UpdatePayments);
        await command.ExecuteNonQueryAsync(Stop);
        command.CommandText = $"EXPLAIN (COSTS off) EXECUTE planned ({values})";
        List<string> plan = [];
        await using var reader = await command.ExecuteReaderAsync(Stop);
        while (await reader.ReadAsync(Stop))
        {
            plan.Add(reader.GetString(0).Trim());
        }

        plan.Count(line => line == "Index Cond: (id = w.id)").ShouldBe(4, string.Join('\n', plan));
        plan.Count(line => line.EndsWith("(ctid = at.place)", StringComparison.Ordinal)).ShouldBe(4);
        string.Join('\n', plan).ShouldNotMatch(@"Seq Scan|Join Filter: \(*\w+\.\w*id");
    }

    /// <summary>Else the worker would look for payments where none come any more, and find nothing.</summary>
    [Fact]
    public async Task A_function_that_reads_the_table_of_before_is_named_and_migrate_makes_it_anew()
    {
        await using (var connection = await Box.Books.OpenAsync())
        {
            await using var batch = connection.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                CREATE FUNCTION reversals.bound() RETURNS bigint LANGUAGE sql STABLE
                BEGIN ATOMIC SELECT count(*) FROM billing.payment p WHERE p.payment_ref = 'P1'; END
                """));
            await batch.ExecuteNonQueryAsync(Stop);
        }

        await Partitions.MakeAsync(Box.Books, "payment", "HASH (id)", "id");
        await Box.Books.PaidAsync("P1", 10_000);
        (await Box.Books.NumberAsync("SELECT reversals.bound()")).ShouldBe(0);
        (await RunAsync("check")).ShouldEndWith(1).Out.ShouldContain("was made anew");
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["reversal-worker migrate"]);

        (await RunAsync("migrate")).ShouldEndWith(0);
        (await Box.Books.NumberAsync("SELECT reversals.bound()")).ShouldBe(1);
        await worker.BecomesReadyAsync();
    }
}
