namespace Reversals.Tests.Integration;

/// <summary>What a paused client sends is kept and shown, and others go on.</summary>
public sealed class ClientPauseTests(Servers servers, Chromium browser)
    : ServerTest(servers), IClassFixture<Chromium>
{
    const int Requests = 30;

    [Fact]
    public async Task Its_requests_are_kept_also_after_a_restart_and_others_go_on()
    {
        var worker = await Box.PausedAsync(Requests, workers: 2);
        await Box.Books.PaidAsync("G1", 10_000, client: Some.OtherClient);
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));
        (await Box.AskAsync(Some.Request("G1", "request-g"), Some.OtherClient)).Reason.ShouldBe("REVERSED");
        await Box.KeptAsync(Requests);
        await Box.Broker.HoldsAsync(0);
        await worker.HintsAsync([$"paused for client {Some.Client}", "by duty: flood"]);
        await Box.StopWorkersAsync();
        worker = await Box.StartWorkerAsync(2);

        (await RunAsync("status")).ShouldEndWith(0).Out.Replace('\n', ' ')
            .ShouldContain($"PAUSED: paused for client {Some.Client}", Case.Sensitive);
        (await RunAsync("status --json")).Json.GetProperty("status").GetProperty("pauses")[0]
            .GetProperty("kept").GetInt64().ShouldBe(Requests);
        (await RunAsync("quarantine list --cause PAUSED")).ShouldEndWith(0).Out.ShouldContain("request-30");
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
        (await RunAsync(ClientPause.Pause)).ShouldEndWith(1).Out.ShouldContain("nothing was changed");

        (await RunAsync(ClientPause.Resume)).ShouldEndWith(0).Json.GetProperty("sent").GetInt32().ShouldBe(Requests);
        (await Box.HearOnceAsync(Requests + 1)).ShouldAllBe(heard => heard.Reason == "REVERSED");
        await Box.Books.AppliedAsync(Requests + 1);
        await Box.KeptAsync(0);
        await worker.IsWellAsync();
        (await RunAsync(ClientPause.Resume)).ShouldEndWith(1);
        (await Box.Books.TextsAsync("SELECT verb || ' ' || target FROM reversals.operator_action ORDER BY id"))
            .ShouldBe(
            [
                "pause client acme", "resume client acme",
                $"quarantine replay cause PAUSED, client acme: ids 1 to {Requests}",
            ]);
    }

    [Fact]
    public async Task When_no_more_is_kept_of_it_nothing_is_taken_of_anybody_and_nothing_is_lost()
    {
        const int most = 5;
        Box.Settings["Quarantine:MaxPaused"] = $"{most}";
        var worker = await Box.PausedAsync(Requests);
        await Box.Upstream.SendAllAsync(Some.Requests(most));
        await Until.TrueAsync(async () => await Box.Broker.ReadersAsync() == 0, "nobody reads the queue");
        await Box.Upstream.SendAllAsync(Some.Requests(Requests).Skip(most));
        await worker.HintsAsync(["5 of its requests are kept, which is the most"]);
        (await Box.Broker.WaitingAsync()).ShouldBe((uint)(Requests - most));

        (await RunAsync(ClientPause.Resume)).ShouldEndWith(0);
        await Box.Books.AppliedAsync(Requests);
        await worker.IsWellAsync();
    }

    [Fact]
    public async Task What_is_kept_takes_no_room_from_messages_that_nobody_signed()
    {
        Box.Settings["Quarantine:MaxPerClient"] = "2";
        Box.Settings["Quarantine:Max"] = "2";
        await Box.PausedAsync(Requests);
        await Box.Upstream.SendAllAsync(Some.Requests(4));
        await Box.KeptAsync(4);
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        await Box.Books.QuarantinedAsync(5);
    }

    [Fact]
    public async Task A_request_that_waits_for_its_payment_waits_on()
    {
        Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
        var worker = await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("LATE", "request-1"))).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        (await Box.AskAsync(Some.Request("LATE", "request-g"), Some.OtherClient)).Reason
            .ShouldBe("PAYMENT_NOT_FOUND");
        (await RunAsync(ClientPause.Pause)).ShouldEndWith(0);
        await worker.HintsAsync([$"paused for client {Some.Client}"]);
        await Box.Books.PaidAsync("LATE", 1_000);
        await Box.Books.PaidAsync("LATE", 1_000, client: Some.OtherClient);
        (await Box.Tap.HearAsync(3))[2].ReferenceId.ShouldBe("request-g");
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(1);

        (await RunAsync(ClientPause.Resume)).ShouldEndWith(0);
        (await Box.Tap.HearAsync(4))[3].ReferenceId.ShouldBe("request-1");
    }

    [Theory]
    [InlineData(Some.Client, false)]
    [InlineData("nobody-of-ours", true)]
    public async Task Who_does_not_keep_its_requests_is_named(string client, bool isUnknown)
    {
        await Box.StartWorkerAsync();
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.worker_state (worker, at, unacknowledged, unacknowledged_dead, settings_mark)
            VALUES ('old-one', now() + interval '1 minute', 0, 0, 'of before')
            """);
        var older = (await RunAsync($"pause --client {client} --note x --yes --json")).ShouldEndWith(1)
            .Json.GetProperty("older_workers").EnumerateArray().Select(one => one.GetString()!).ToList();
        older.ShouldContain("old-one");
        older.Count.ShouldBe(isUnknown ? 2 : 1);
    }

    [Fact]
    public async Task The_page_pauses_a_client_says_so_and_lets_it_go_on()
    {
        await Box.Books.ManyAsync(2);
        var worker = await Box.StartPageAsync();
        var visitor = await browser.VisitAsync(Box.PagePort);
        await visitor.OpenAsync("/");
        await visitor.TypeAsync("#pause-client", Some.Client);
        await visitor.TypeAsync("#pause-note", "flood");
        await visitor.ClickAsync("Pause", "main form");
        (await visitor.TextAsync()).ShouldContain("Paused: what acme sends is kept");
        await worker.HintsAsync(["paused for client acme"]);
        await Box.Upstream.SendAllAsync(Some.Requests(2));
        await Box.KeptAsync(2);

        await visitor.OpenAsync("/");
        (await visitor.TextAsync()).ShouldContain("2 of its requests are kept");
        await visitor.TypeAsync("#resume-note-acme", "done");
        await visitor.ClickAsync("Resume acme", "main form");
        (await visitor.TextAsync()).ShouldContain("Resumed: of what acme sent 2 were sent to the workers, 0 are left");
        await Box.Books.AppliedAsync(2);
        (await Box.Books.TextsAsync("SELECT verb || ' ' || operator FROM reversals.operator_action ORDER BY id"))
            .ShouldBe(["pause page", "resume page", "quarantine replay page"]);
    }
}
