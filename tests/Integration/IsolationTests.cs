using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>One message for which PostgreSQL fails as if it were down: it alone suffers.</summary>
public sealed class IsolationTests(Servers servers) : ServerTest(servers)
{
    const int Requests = 20;

    /// <summary>What the biller's trigger raises, for P7 only.</summary>
    public static TheoryData<string, string> Faults { get; } = new()
    {
        { "billing.bill", "42P01" },
        { "billing.bill", "57014" },
        { "billing.bill", "53100" },
        { "billing.bill", "25006" },
        { "billing.bill", "XX000" },
        { "billing.bill", "40001" },
        { "billing.payment", "42883" },
        { "reversals.reversal", "53200" },
        { "reversals.outbox", "58030" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_like_an_outage_for_one_bill_leaves_its_neighbours_done_within_three_seconds(
        string table, string state)
    {
        await StartAsync();
        await Box.Books.FailAsync(
            table, state, table == "billing.bill" ? "NEW.id = 1000007" : "NEW.bill_id = 1000007");

        await ShouldBeDoneAsync();

        await Until.TrueAsync(
            async () => (await Box.Books.TextsAsync("SELECT cause FROM reversals.quarantine"))
                .SequenceEqual(["INTERNAL_ERROR"]),
            "the culprit is set aside");
        await Until.LoggedAsync("this is what the trigger says");
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(Requests - 1);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("billing.bill", "NEW.id = 1000007")]
    [InlineData("reversals.reversal", "NEW.bill_id = 1000007")]
    public async Task One_request_that_takes_longer_than_a_statement_may_keeps_nobody_waiting(
        string table, string when)
    {
        Box.Settings["ConnectionStrings:Postgres"] += ";Options=-c statement_timeout=4s";
        await StartAsync();
        await Box.Books.SlowAsync(table, seconds: 30, when);

        await ShouldBeDoneAsync();

        // It is not given up before it was tried alone, with all the time there is, again and again.
        await Box.Upstream.SendAsync("{}");
        await Until.TrueAsync(() => Box.Tap.All.Any(one => one.Reason == "NO_IDENTIFIER"), "later ones go on", 3);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        await Box.Books.QuarantinedAsync(1);
    }

    [Theory]
    [Each("billing.bill", "billing.payment", "reversals.reversal", "reversals.event", "reversals.outbox")]
    public async Task A_trigger_that_fails_for_everybody_is_an_outage_and_nobody_is_quarantined(string table)
    {
        Box.Settings["Batching:PauseAfter"] = "00:00:01";
        var worker = await StartAsync();
        await Box.Books.FailAsync(table, "42P01");
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));

        await worker.SaysAsync(["this is what the trigger says"], 6);
        await Box.Broker.HoldsAsync(Requests);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);

        await Box.Books.MendAsync(table);
        await Until.TrueAsync(() => Box.Tap.Count > 0, "it goes on by itself", 5);
        (await Box.Tap.HearEachAsync(Requests)).ShouldAllBe(one => one.Reason == "REVERSED");
        await worker.BecomesReadyAsync(seconds: 5);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
    }

    async Task<HostedWorker> StartAsync()
    {
        await Box.Books.ManyAsync(Requests);
        return await Box.StartWorkerAsync();
    }

    async Task ShouldBeDoneAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));
        await Box.Books.AppliedAsync(Requests - 1);
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(3);
    }
}
