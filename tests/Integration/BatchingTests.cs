using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>Many messages in one commit, each with an outcome of its own.</summary>
public sealed class BatchingTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task One_poison_among_fifty_is_quarantined_alone()
    {
        await Box.Books.ManyAsync(50);
        await Box.Books.PoisonAsync(1_000_025);
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(50));
        await Box.StartWorkerAsync();

        var heard = await Box.Tap.HearAsync(50);
        heard.ShouldAllBe(one => one.Reason ==
            (one.ReferenceId == "request-25" ? "INTERNAL_ERROR" : "REVERSED"));
        heard.Select(one => one.ReferenceId).Distinct().Count().ShouldBe(50);
        await Box.Books.QuarantinedAsync(1);
        await Until.LoggedAsync("it is split");
        await Box.SettledAsync();
        var kept = (await Box.Books.QuarantineAsync()).ShouldHaveSingleItem();
        kept.Cause.ShouldBe("INTERNAL_ERROR");
        kept.Body.ShouldBe(Some.Utf8(Some.Request("P25", "request-25")));
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(49);
    }

    [Fact]
    public async Task The_same_key_twice_in_one_batch_has_one_effect()
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        await InOneBatchAsync(
            Some.Request("P1", "request-1", 4_000), Some.Request("P1", "request-1", 4_000.00m),
            Some.Request("P1", "request-1"));

        var heard = (await Box.HearOnceAsync(4)).Where(one => one.ReferenceId == "request-1").ToList();
        heard.Count(one => one.Reason == "IDEMPOTENCY_CONFLICT").ShouldBe(1);
        var same = heard.Where(one => one.Reason == "PARTIALLY_REVERSED").ToList();
        same.Select(one => one.IsReplay).ShouldBe([false, true]);
        same[1].Body.ShouldBe(same[0].Body);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 6_000, 1));
    }

    [Fact]
    public async Task Reversals_of_one_bill_in_one_batch_see_each_other()
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000, "partial");
        await Box.StartWorkerAsync();
        await InOneBatchAsync(
            Some.Request("P1", "request-1", 9_000), Some.Request("P1", "request-2", 1_001),
            Some.Request("P1", "request-3"), Some.Request("P1", "request-4"));

        (await Box.HearOnceAsync(5)).Where(one => one.ReferenceId != "request-0")
            .OrderBy(one => one.ReferenceId, StringComparer.Ordinal).Select(one => one.Reason).ShouldBe(
                ["PARTIALLY_REVERSED", "EXCEEDS_REMAINING", "REVERSED", "ALREADY_REVERSED"]);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 2));
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_database_that_goes_away_under_load_is_nobodys_fault()
    {
        const int requests = 3000;
        var link = Box.LinkToPostgres();
        await Box.QueueAsync(requests);
        await Box.StartUnreadyWorkerAsync();
        await Until.TrueAsync(() => Box.Tap.Count > 0, "events come through");
        link.Cut();
        await Until.LoggedAsync("could not be committed");
        await Until.TrueAsync(() => link.Refused >= 20, "it is tried again and again");
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBeLessThan(requests, "the load outlasts it");
        link.Restore();

        await Box.Books.AppliedAsync(requests, 60);
        await Box.SettledAsync();
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        var heard = await Box.Tap.SettleAsync();
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(requests);
        heard.ShouldAllBe(one => one.Reason == "REVERSED");
    }

    [Theory]
    [InlineData(
        "ALTER TABLE reversals.event RENAME TO away",
        "ALTER TABLE reversals.away RENAME TO event")]
    [InlineData(
        "ALTER TABLE billing.bill RENAME COLUMN version TO away",
        "ALTER TABLE billing.bill RENAME COLUMN away TO version")]
    [InlineData(
        "ALTER DATABASE @ SET default_transaction_read_only = on",
        "ALTER DATABASE @ SET default_transaction_read_only = off")]
    public async Task What_the_schema_lacks_is_nobodys_poison(string breakIt, string mendIt)
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        await ChangeSchemaAsync(breakIt);
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Box.Upstream.SendAsync("not json");
        await Until.LoggedAsync("could not be committed");
        await ChangeSchemaAsync(mendIt);

        (await Box.Tap.HearAsync(2)).Select(one => one.Reason)
            .ShouldBe(["REVERSED", "MALFORMED_BODY"], ignoreOrder: true);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 1));
    }

    /// <summary>While the commit of request-0 waits for a lock, the next ones gather in a batch.</summary>
    async Task InOneBatchAsync(params string[] bodies)
    {
        var blocked = await Box.Books.PaidAsync("BLOCKED", 10_000);
        await using var held = await Box.Books.HoldAsync(
            $"SELECT id FROM billing.bill WHERE id = {blocked} FOR UPDATE");
        await Box.Upstream.SendAsync(Some.Request("BLOCKED", "request-0"));
        await Until.TrueAsync(
            async () => await Box.Books.NumberAsync("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0,
            "it waits");
        foreach (var body in bodies)
        {
            await Box.Upstream.SendAsync(body);
        }

        await Box.Broker.HoldsAsync(0);
    }

    /// <summary>New defaults count for new sessions, so that the old ones are ended.</summary>
    async Task ChangeSchemaAsync(string sql)
    {
        await using var connection = await Box.Books.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"""
            SET default_transaction_read_only = off;
            SET transaction_read_only = off;
            {sql.Replace("@", connection.Database, StringComparison.Ordinal)};
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'reversal-worker' AND datname = current_database()
            """,
            connection);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
