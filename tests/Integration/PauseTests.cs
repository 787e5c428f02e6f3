namespace Reversals.Tests.Integration;

/// <summary>An operator stops the taking of requests, and nothing else; and lets it go on.</summary>
public sealed class PauseTests(Servers servers, Chromium browser) : ServerTest(servers), IClassFixture<Chromium>
{
    const int Requests = 20;
    const int InTime = 2;

    [Fact]
    public async Task None_is_taken_within_two_seconds_on_any_worker_also_after_a_restart_until_resume()
    {
        await Box.Books.ManyAsync(Requests);
        await Box.StartWorkerAsync(2);
        await Box.AskAsync(Some.Request("P1", "request-1"));

        (await RunAsync("pause --note 'the biller restores' --as duty --yes")).ShouldEndWith(0);
        await NobodyReadsAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(Requests).Skip(1));
        await Box.StopWorkersAsync();
        var worker = await Box.StartWorkerAsync();
        await SaysPausedAsync(worker);

        (await Box.Broker.WaitingAsync()).ShouldBe((uint)Requests - 1);
        (await Box.Broker.ReadersAsync()).ShouldBe(0u);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
        (await RunAsync("status")).ShouldEndWith(0).Out.Replace('\n', ' ')
            .ShouldContain("PAUSED: paused since");
        (await RunAsync("pause --note again --yes")).ShouldEndWith(1).Out.ShouldContain("nothing was changed");

        (await RunAsync("resume --as other --yes")).ShouldEndWith(0);
        await Box.Books.AppliedAsync(Requests);
        await worker.IsWellAsync();
        (await RunAsync("resume --yes")).ShouldEndWith(1);
        (await Box.Books.TextsAsync("SELECT concat_ws('|', operator, verb, target, coalesce(note, ''), count) " +
            "FROM reversals.operator_action ORDER BY id"))
            .ShouldBe(["duty|pause|all clients|the biller restores|1", "other|resume|all clients||1"]);
    }

    [Fact]
    public async Task Events_go_out_and_a_request_that_waits_for_its_payment_waits_on()
    {
        var worker = await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        (await RunAsync("pause --note x --yes")).ShouldEndWith(0);
        await SaysPausedAsync(worker);
        await NobodyReadsAsync();

        await Box.Books.PaidAsync("P1", 10_000);
        var again = await Box.Books.TextAsync("SELECT event_id::text FROM reversals.event");
        (await RunAsync($"event replay {again} --yes")).ShouldEndWith(0);
        (await Box.Tap.HearAsync(2))[1].IsReplay.ShouldBeTrue();
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(0);
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(1);

        (await RunAsync("resume --yes")).ShouldEndWith(0);
        (await Box.Tap.HearAsync(3))[2].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task A_request_whose_bill_somebody_holds_goes_back_and_is_not_applied_while_paused()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        await using (await Box.Books.HoldAsync("SELECT FROM billing.bill FOR UPDATE"))
        {
            await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
            await Box.Broker.HoldsAsync(0);
            (await RunAsync("pause --note x --yes")).ShouldEndWith(0);
            await Until.TrueAsync(
                async () => await Box.Broker.WaitingAsync() == 1 && await Box.Broker.ReadersAsync() == 0,
                "it is back in the queue");
        }

        (await RunAsync("resume --yes")).ShouldEndWith(0);
        await Box.Books.AppliedAsync(1);
    }

    [Fact]
    public async Task The_page_pauses_says_by_whom_and_lets_go_on()
    {
        await Box.StartPageAsync();
        var visitor = await browser.VisitAsync(Box.PagePort);
        await visitor.OpenAsync("/");
        await visitor.TypeAsync("#pause-note", "the biller restores");
        await visitor.ClickAsync("Pause", "main form");
        (await visitor.TextAsync()).ShouldContain("Paused: no worker takes requests from now on.");
        await NobodyReadsAsync();

        await visitor.OpenAsync("/");
        (await visitor.TextAsync()).ShouldContain("by page: the biller restores");
        await visitor.TypeAsync("#pause-note", "done");
        await visitor.ClickAsync("Resume", "main form");
        (await visitor.TextAsync()).ShouldContain("Resumed:");
        await Until.TrueAsync(async () => await Box.Broker.ReadersAsync() > 0, "it is read again", InTime);
        (await Box.Books.TextsAsync("SELECT verb || ' ' || operator FROM reversals.operator_action ORDER BY id"))
            .ShouldBe(["pause page", "resume page"]);
    }

    [Fact]
    public async Task A_worker_of_a_release_that_knows_no_pause_is_named()
    {
        await Box.StartWorkerAsync();
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.worker_state (worker, at, unacknowledged, unacknowledged_dead)
            VALUES ('old-one', now(), 0, 0)
            """);

        (await RunAsync("pause --note x --yes")).ShouldEndWith(1).Out.Replace('\n', ' ').ShouldContain("old-one. Stop");
    }

    Task NobodyReadsAsync() => Until.TrueAsync(
        async () => await Box.Broker.ReadersAsync() == 0, "nobody reads the queue", InTime);

    static Task SaysPausedAsync(HostedWorker worker) => Until.TrueAsync(
        async () => await worker.ReadyAsync() is { Status: HttpStatusCode.OK, Text: var text }
            && text.Contains("degraded", StringComparison.Ordinal)
            && text.Contains("paused since", StringComparison.Ordinal),
        "ready says that it is paused");
}
