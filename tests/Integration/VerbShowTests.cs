namespace Reversals.Tests.Integration;

/// <summary>An operator finds out why a reference was not reversed, and how everything is doing.</summary>
public sealed class VerbShowTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_reversal_is_told_from_its_payment_to_its_event_by_any_of_its_names()
    {
        await SeedAsync();
        var answer = await Box.AskAsync(Some.Request("P1", "request-1", 4_000));
        await Box.Books.OutboxEmptyAsync();
        foreach (var name in (string[])["request-1", "P1", answer.EventId.ToString()])
        {
            var run = (await RunAsync($"show {name} --json")).ShouldEndWith(0);
            run.Json.GetProperty("timeline").EnumerateArray()
                .Select(step => step.GetProperty("stage").GetString())
                .ShouldBe(["paid", "decided", "committed", "published"], name);
        }

        var text = (await RunAsync("show request-1")).ShouldEndWith(0).Out;
        text.ShouldContain("PARTIALLY_REVERSED");
        text.ShouldContain("is reversed now");
    }

    [Fact]
    public async Task A_refusal_is_told_with_its_reason_in_plain_words()
    {
        await SeedAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        var refused = await Box.AskAsync(Some.Request("P1", "request-2"));
        foreach (var name in (string[])["request-2", "P1", refused.EventId.ToString()])
        {
            var text = Joined((await RunAsync($"show {name}")).ShouldEndWith(0).Out);
            text.ShouldContain("ALREADY_REVERSED");
        }

        (await RunAsync("show request-2 --json")).Json.GetProperty("answers")[0].GetProperty("message")
            .GetString().ShouldBe("the payment is already reversed");
    }

    [Fact]
    public async Task A_rejected_request_is_told_with_the_other_that_was_before_it()
    {
        await SeedAsync();
        await Box.AskAsync(Some.Request("P1", "request-1", 4_000));
        await Box.AskAsync(Some.Request("P1", "request-2", 7_000));
        await Box.AskAsync(Some.Request("P1", "request-1", 5_000));
        var exceeds = Joined((await RunAsync("show request-2")).ShouldEndWith(0).Out);
        exceeds.ShouldContain("EXCEEDS_REMAINING");
        exceeds.ShouldContain("Request request-1 took 4000.00 of it at 2");
        (await RunAsync("show request-2 --json")).Json.GetProperty("earlier")[0].GetProperty("reference_id")
            .GetString().ShouldBe("request-1");
        Timeline(await RunAsync("show request-1 --json"))
            .ShouldContain(text => text.Contains("IDEMPOTENCY_CONFLICT", StringComparison.Ordinal)
                && text.Contains("The first took 4000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_came_before_stands_before_and_the_bill_as_it_is_now_stands_last()
    {
        await SeedAsync();
        await Box.AskAsync(Some.Request("P1", "request-1", 4_000));
        await Box.Books.OutboxEmptyAsync();
        var run = (await RunAsync("show P1 --json")).ShouldEndWith(0);
        run.Json.GetProperty("timeline").EnumerateArray().Select(one => one.GetProperty("stage").GetString())
            .ShouldBe(["paid", "decided", "committed", "published"]);
        var told = Timeline(run);
        told[0].ShouldNotContain("reversed");
        told[^1].ShouldContain("4000");
        told[^1].ShouldContain("is reversed now");
    }

    [Fact]
    public async Task Known_or_not_the_document_has_the_same_fields()
    {
        await SeedAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        string[] Fields(VerbRun run) => [.. run.Json.EnumerateObject().Select(field => field.Name)];
        var known = (await RunAsync("show request-1 --json")).ShouldEndWith(0);
        Fields((await RunAsync("show no-such-thing --json")).ShouldEndWith(1)).ShouldBe(Fields(known));
        known.Json.GetProperty("known").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Status_tells_the_queues_and_what_it_does_not_know_when_PostgreSQL_is_down()
    {
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAsync("{}");
        await Until.TrueAsync(
            async () => (await RunAsync("status --json")).Json.GetProperty("queues")[0].GetProperty("ready")
                .GetInt64() == 1, "the request waits");
        Box.Settings["ConnectionStrings:Postgres"] = "Host=127.0.0.1;Port=1;Username=x;Password=x;Database=x";
        var run = (await RunAsync("status")).ShouldEndWith(3);
        run.Out.ShouldContain("reversal-requested");
        run.Error.ShouldContain("PostgreSQL at 127.0.0.1:1/x");
        run.Error.ShouldContain("Not known without it: outbox, quarantine");
        var json = (await RunAsync("status --json")).ShouldEndWith(3).Json;
        json.GetProperty("status").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        json.GetProperty("queues")[0].GetProperty("ready").GetInt64().ShouldBe(1);
        json.GetProperty("database_problem").GetString()!.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Pending_requests_are_listed_with_their_end_of_all_clients_or_of_one()
    {
        await SeedAsync();
        await Box.AskAsync(Some.Request("LATER", "request-1"));
        await Box.AskAsync(Some.Request("LATER", "request-2"), Some.OtherClient);
        var rows = (await RunAsync("pending list --json")).ShouldEndWith(0).Json.EnumerateArray().ToList();
        rows.Select(one => one.GetProperty("reference_id").GetString()).ShouldBe(["request-1", "request-2"]);
        rows[0].GetProperty("pending_until").GetDateTime()
            .ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().UtcDateTime);
        var one = (await RunAsync($"pending list --client {Some.OtherClient}")).ShouldEndWith(0).Out;
        one.ShouldContain("request-2");
        one.ShouldNotContain("request-1");
        (await RunAsync("pending list --limit 1")).Out.ShouldNotContain("request-2");
    }

    [Fact]
    public async Task The_audit_lists_who_did_what_and_why_the_newest_first()
    {
        await SeedAsync();
        var first = await Box.AskAsync(Some.Request("P1", "request-1"));
        await RunAsync($"event replay {first.EventId} --note 'lost by the ledger' --as duty --yes");
        await RunAsync("outbox retry --note later --as night --yes");
        var rows = (await RunAsync("audit --json")).ShouldEndWith(0).Json.EnumerateArray().ToList();
        rows.Select(one => one.GetProperty("operator").GetString()).ShouldBe(["night", "duty"]);
        rows[1].GetProperty("target").GetString().ShouldBe($"{first.EventId}");
        var text = Joined((await RunAsync("audit --limit 1")).ShouldEndWith(0).Out);
        text.ShouldContain("later");
        text.ShouldNotContain("duty");
    }

    [Fact]
    public async Task A_request_that_waits_for_its_payment_is_told()
    {
        await SeedAsync();
        await Box.AskAsync(Some.Request("LATER", "request-1"));
        foreach (var name in (string[])["request-1", "LATER"])
        {
            var text = (await RunAsync($"show {name}")).ShouldEndWith(0).Out;
            text.ShouldContain("remembered");
            text.ShouldContain("PAYMENT_NOT_FOUND");
        }
    }

    [Fact]
    public async Task A_quarantined_message_is_found_by_what_it_names_and_its_story_goes_on()
    {
        await SeedAsync();
        await Box.Upstream.SendAsync(Some.Json("{'payment_ref' : 'INV\\/1', 'reference_id':'request-1'}"),
            change: to => to.Headers!["Signature"] = new string('0', 64));
        await Box.Books.QuarantinedAsync(1);
        foreach (var name in (string[])["request-1", "INV/1"])
        {
            (await RunAsync($"show {name}")).ShouldEndWith(0).Out.ShouldContain("SIGNATURE_INVALID");
        }

        await RunAsync("quarantine discard 1 --note x --as duty --yes");
        (await RunAsync("show request-1 --json")).Json.GetProperty("timeline").EnumerateArray()
            .Select(step => step.GetProperty("stage").GetString()).ShouldBe(["quarantined", "discarded"]);
    }

    [Fact]
    public async Task An_event_that_nobody_is_bound_for_is_told_to_wait_and_can_be_retried()
    {
        await SeedAsync();
        await Box.Tap.UnbindAsync();
        Box.Settings["Outbound:Rest"] = "00:01:00";
        await Box.StopWorkersAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Until.LoggedAsync("Nobody is bound to exchange");
        await Until.TrueAsync(
            async () => (await RunAsync("show request-1")).Out.Contains("next try", StringComparison.Ordinal),
            "the event has a retry delay");
        var list = (await RunAsync("outbox list")).ShouldEndWith(0).Out;
        list.ShouldContain("request-1");
        list.ShouldContain("next try");
        (await RunAsync("status")).ShouldEndWith(0).Out.ShouldContain("payment.reversal");

        // Its relay rests as long as the row; a new worker's does not.
        await Box.StopWorkersAsync();
        await Box.Tap.BindAsync();
        (await RunAsync("outbox retry --note bound --yes")).ShouldEndWith(0).Out.ShouldContain("Released 1.");
        await Box.StartWorkerAsync();
        await Box.Books.OutboxEmptyAsync(20);
        (await Box.Books.TextsAsync("SELECT verb || ' ' || count FROM reversals.operator_action"))
            .ShouldBe(["outbox retry 1"]);
    }

    [Fact]
    public async Task A_stored_event_is_published_again_with_the_same_bytes()
    {
        await SeedAsync();
        var first = await Box.AskAsync(Some.Request("P1", "request-1"));
        const string unknown = "01a209a6-f224-733d-addc-b8f24dae001b";
        var run = await RunAsync($"event replay {first.EventId} {unknown} --yes");
        run.ShouldEndWith(1).Out.ShouldContain($"Nothing known of event {unknown}");
        var second = (await Box.Tap.HearAsync(2))[1];
        second.IsReplay.ShouldBeTrue();
        second.Body.ShouldBe(first.Body);
        (await Box.Books.TextsAsync("SELECT verb || ' ' || target FROM reversals.operator_action"))
            .ShouldBe([$"event replay {first.EventId}"]);
    }

    [Fact]
    public async Task Of_an_unknown_reference_it_says_where_it_looked()
    {
        var run = await RunAsync("show no-such-thing");
        run.ShouldEndWith(1).Out.ShouldContain("Nothing known of no-such-thing. Searched: payments");
        (await RunAsync("show no-such-thing --json")).ShouldEndWith(1).Json.GetProperty("known").GetBoolean()
            .ShouldBeFalse();
    }

    [Fact]
    public async Task Status_counts_queues_outbox_quarantine_waiting_requests_and_rates()
    {
        await SeedAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Request("LATER", "request-2"));
        await Box.QuarantineOneAsync();
        await Box.Books.OutboxEmptyAsync();
        var run = (await RunAsync("status --json")).ShouldEndWith(0).Json;
        var status = run.GetProperty("status");
        status.GetProperty("rates").GetProperty("reversed_last_minute").GetInt64().ShouldBe(1);
        status.GetProperty("rates").GetProperty("rejected").GetInt64().ShouldBe(1);
        status.GetProperty("pending").GetProperty("waiting").GetInt64().ShouldBe(1);
        status.GetProperty("quarantine")[0].GetProperty("cause").GetString().ShouldBe("SIGNATURE_MISSING");
        run.GetProperty("queues")[0].GetProperty("consumers").GetInt64().ShouldBe(1);
        (await RunAsync("status")).ShouldEndWith(0).Out.ShouldContain("SIGNATURE_MISSING");
    }

    async Task SeedAsync()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
    }

    static string[] Timeline(VerbRun run) =>
    [
        .. run.Json.GetProperty("timeline").EnumerateArray().Select(one => one.GetProperty("text").GetString()!),
    ];

    /// <summary>Without the breaks of the table's cells.</summary>
    static string Joined(string table) => string.Join(' ', table.Split(
        (char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
