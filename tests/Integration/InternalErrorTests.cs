namespace Reversals.Tests.Integration;

/// <summary>An authenticated request that fails alone is kept, and its sender is told.</summary>
public sealed class InternalErrorTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task It_is_quarantined_and_answered_once_for_each_delivery()
    {
        await PoisonedAsync();
        var before = await Box.Books.SnapshotAsync();
        await Box.StartWorkerAsync();
        var body = Some.Utf8(Some.Request("P1", "request-1", 10));
        await Box.Upstream.SendAsync(body, change: to => to.CorrelationId = "first");
        await Box.Upstream.SendAsync(body, change: to => to.CorrelationId = "second");

        var heard = await Box.HearOnceAsync(2);
        await Box.NothingIsLeftAsync();
        (await Box.Tap.SettleAsync()).Count.ShouldBe(2);
        heard.Select(answer => answer.EventId).Distinct().Count().ShouldBe(2);
        heard.Select(answer => answer.Properties.CorrelationId)
            .ShouldBe(["first", "second"], ignoreOrder: true);
        foreach (var answer in heard)
        {
            answer.Exchange.ShouldBe(Wire.ReversalRejectedExchange);
            answer.Header(Wire.ClientIdHeader).ShouldBe(Some.Client);
            answer.Reason.ShouldBe("INTERNAL_ERROR");
            answer.ReferenceId.ShouldBe("request-1");
            answer.Json.GetProperty("rc").GetString().ShouldBe("BILLER_GATEWAY_INVALID_RESPONSE");
            answer.Json.GetProperty("message").GetString().ShouldBe("the request could not be processed");
            answer.Json.GetProperty("payment_ref").GetString().ShouldBe("P1");
            answer.Json.GetProperty("amount").GetDecimal().ShouldBe(10);
            answer.Json.GetProperty("data").ValueKind.ShouldBe(JsonValueKind.Null);
            answer.Json.GetProperty("pending_until").ValueKind.ShouldBe(JsonValueKind.Null);
        }

        var kept = await Box.Books.QuarantineAsync();
        kept.ShouldNotBeEmpty();
        kept.ShouldAllBe(one => one.Cause == "INTERNAL_ERROR" && one.Body.SequenceEqual(body));
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Once_its_bill_is_mended_a_replay_gives_the_real_answer_to_the_same_sender()
    {
        await PoisonedAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(
            Some.Request("P1", "request-1"), change: to => to.CorrelationId = "mine");
        await Box.Tap.HearAsync(1);
        await Box.Books.RunAsync("DROP TRIGGER poison ON billing.bill");

        (await RunAsync("quarantine replay --cause INTERNAL_ERROR --yes")).ShouldEndWith(0);

        var answer = (await Box.Tap.HearAsync(2))[1];
        answer.Reason.ShouldBe("REVERSED");
        answer.Properties.CorrelationId.ShouldBe("mine");
    }

    [Fact]
    public async Task So_it_is_when_it_comes_from_the_dead_letters_and_its_neighbour_is_applied()
    {
        await PoisonedAsync();
        await Box.Books.PaidAsync("P2", 1000);
        await Box.DeployTopologyAsync();
        foreach (var name in (string[])["P1", "P2"])
        {
            var body = Some.Utf8(Some.Request(name, $"request-{name}"));
            await Box.Broker.SendDeadAsync(body, new() { Headers = Some.Signed(body), CorrelationId = name });
        }

        await Box.StartWorkerAsync();
        (await Box.Tap.HearAsync(2)).Select(answer => (answer.Properties.CorrelationId, answer.Reason))
            .ShouldBe([("P1", "INTERNAL_ERROR"), ("P2", "REVERSED")], ignoreOrder: true);
    }

    [Fact]
    public async Task When_the_answer_is_what_fails_the_message_is_quarantined_all_the_same()
    {
        await PoisonedAsync();
        await Box.Books.RunAsync(
            """
            CREATE TRIGGER poison BEFORE INSERT ON reversals.event
            FOR EACH ROW WHEN (NEW.reason = 'INTERNAL_ERROR') EXECUTE FUNCTION poison()
            """);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Box.Books.QuarantinedAsync(1);
        await Box.NothingIsLeftAsync();
        (await Box.Tap.SettleAsync()).ShouldBeEmpty();
        (await Box.Books.QuarantineAsync())[0].Detail.ShouldContain("its answer could not be stored");
    }

    /// <summary>A bill that cannot be changed, for a reason that is no fault of the server.</summary>
    async Task PoisonedAsync()
    {
        var bill = await Box.Books.PaidAsync("P1", 1000);
        await Box.Books.PoisonAsync(bill);
    }
}
