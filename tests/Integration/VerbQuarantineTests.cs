namespace Reversals.Tests.Integration;

/// <summary>Quarantined messages are brought back or put away, and it is written down who did.</summary>
public sealed class VerbQuarantineTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_thousand_messages_come_back_after_a_wrong_key_was_mended_and_none_is_lost_or_doubled()
    {
        const int count = 1_000;
        await Box.Books.ManyAsync(count);
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await Box.Upstream.SendAllAsync(Some.Requests(count));
        await Box.Books.QuarantinedAsync(count);

        // With the wrong key still there nothing is sent.
        var early = await RunAsync("quarantine replay --cause SIGNATURE_INVALID --yes --json");
        early.ShouldEndWith(1).Json.GetProperty("still_refused").GetInt32().ShouldBe(count);
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);

        await Box.RestartWithKeyAsync(Some.Key);
        var dry = await RunAsync("quarantine replay --cause SIGNATURE_INVALID --dry-run");
        dry.ShouldEndWith(0).Out.ShouldContain("would be sent again");
        (await OpenAsync()).ShouldBe(count);

        var replay = await RunAsync(
            "quarantine replay --cause SIGNATURE_INVALID --note 'key mended' --yes --json");
        replay.ShouldEndWith(0).Json.GetProperty("sent").GetInt32().ShouldBe(count);
        replay.Error.ShouldContain("looked at 1000");
        await Box.Books.AppliedAsync(count, 60);
        await Box.Books.OutboxEmptyAsync();

        var again = await RunAsync("quarantine replay --cause SIGNATURE_INVALID --yes");
        again.ShouldEndWith(0).Out.ShouldContain("Nothing was changed");
        var one = await RunAsync("quarantine replay 1 --yes");
        one.ShouldEndWith(0).Error.ShouldContain("was replayed by");
        (await Box.Tap.SettleAsync()).Select(heard => heard.ReferenceId)
            .ShouldBe(Enumerable.Range(1, count).Select(n => $"request-{n}"), ignoreOrder: true);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        (await RunAsync("reconcile")).ShouldEndWith(0);
        (await OpenAsync()).ShouldBe(0);
        (await Box.Books.NumberAsync("SELECT sum(count)::bigint FROM reversals.operator_action " +
            "WHERE verb = 'quarantine replay' AND note = 'key mended' AND operator <> ''")).ShouldBe(count);
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_message_is_sent_with_its_exact_bytes_headers_and_signature()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.DeployTopologyAsync();
        var body = "{ \"payment_ref\" : \"P1\",\t\"reference_id\":\"request\\u002d1\" }";
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await Box.Upstream.SendAsync(body, change: to =>
        {
            to.Headers!["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            to.Headers["odd"] = new List<object?> { "one", 2L, true };
        });
        await Box.Books.QuarantinedAsync(1);
        var before = await Box.Books.QuarantineAsync();

        // The worker with the wrong key quarantines it a second time: so one sees what arrived.
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key;
        (await RunAsync("quarantine replay 1 --yes")).ShouldEndWith(1).Out.ShouldContain("came back");
        await Box.Books.QuarantinedAsync(2);
        var after = await Box.Books.QuarantineAsync();
        after[1].ShouldBe(before[0] with { Body = after[1].Body });
        after[1].Body.ShouldBe(Some.Utf8(body));
    }

    [Fact]
    public async Task What_was_applied_already_is_told_and_changes_nothing()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Box.Books.QuarantinedAsync(1);
        await Box.RestartWithKeyAsync(Some.Key);
        var applied = await Box.AskAsync(Some.Request("P1", "request-1"));
        var before = await Box.Books.SnapshotAsync();

        var replay = await RunAsync("quarantine replay 1 --yes");
        replay.ShouldEndWith(0).Out.ShouldContain("applied before; nothing");
        replay.Out.ShouldContain(applied.EventId.ToString()[..8]);
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
        (await OpenAsync()).ShouldBe(1);
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
        (await Box.Tap.SettleAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_queue_behind_the_exchange_the_row_stays_open()
    {
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!["Client-Id"] = "newcomer");
        await Box.Books.QuarantinedAsync(1);
        await Box.StopWorkersAsync();
        await Box.Broker.UnbindAsync();
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = "another-key-of-acme";
        Box.Settings["Clients:newcomer:ApiKeys:0"] = Some.Key;

        var replay = await RunAsync("quarantine replay --cause client_unknown --yes");
        replay.ShouldEndWith(1).Out.ShouldContain("not taken by RabbitMQ");
        replay.Out.ShouldContain("The rest was not sent");
        (await OpenAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Discarding_keeps_the_row_and_says_who_and_why()
    {
        await Box.StartWorkerAsync();
        await Box.QuarantineOneAsync();
        (await RunAsync("quarantine discard 1 --yes")).ShouldEndWith(2).Error.ShouldContain("--note");
        (await RunAsync("quarantine discard --note x --yes")).ShouldEndWith(2).Error.ShouldContain("--cause");

        (await RunAsync("quarantine discard 1 --note 'a test' --as duty --yes")).ShouldEndWith(0);
        (await RunAsync("quarantine discard 1 --note 'a test' --as other --yes")).ShouldEndWith(1);
        (await Box.Books.TextsAsync(
            "SELECT concat_ws('|', cause, resolution, resolved_by, resolution_note) "
                + "FROM reversals.quarantine"))
            .ShouldBe(["SIGNATURE_MISSING|discarded|duty|a test"]);
        (await Box.Books.TextsAsync("SELECT concat_ws('|', operator, verb, target, note, count, " +
            "at > now() - interval '1 minute') FROM reversals.operator_action ORDER BY id"))
            .ShouldBe(
            [
                "duty|quarantine discard|ids 1|a test|1|t", "other|quarantine discard|ids 1|a test|0|t",
            ]);
        (await RunAsync("quarantine list")).Out.ShouldContain("0 of 0");
        (await RunAsync("quarantine list --all")).Out.ShouldContain("discarded");
    }

    [Theory]
    [InlineData("n", 2, 1)]
    [InlineData("", 2, 1)]
    [InlineData("y", 0, 0)]
    public async Task On_a_terminal_it_asks_first(string answer, int code, int open)
    {
        await Box.StartWorkerAsync();
        await Box.QuarantineOneAsync();
        var run = await RunAsync("quarantine discard 1 --note x", answer);
        run.ShouldEndWith(code).Error.ShouldContain("[y/N]");
        (await OpenAsync()).ShouldBe(open);
    }

    [Theory]
    [Each(
        "quarantine replay 1", "quarantine discard 1 --note x", "outbox retry",
        "event replay 01a209a6-f224-733d-addc-b8f24dae001b", "topology deploy")]
    public async Task Without_a_terminal_nothing_is_changed_unless_yes_is_given(string verb)
    {
        var run = await RunAsync(verb);
        run.ShouldEndWith(2).Error.ShouldContain("--yes");
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
        (await Box.Broker.HasQueueAsync(Wire.RequestQueue)).ShouldBeFalse();
    }

    Task<long> OpenAsync() =>
        Box.Books.NumberAsync("SELECT count(*) FROM reversals.quarantine WHERE resolution IS NULL");
}
