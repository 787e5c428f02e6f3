namespace Reversals.Tests.Integration;

/// <summary>A sender knows the answers to its own deliveries by the correlation-id that it chose.</summary>
public sealed class CorrelationTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Whatever_the_answer_is_it_carries_the_correlation_id_of_its_own_delivery()
    {
        await PaidAsync("P1");
        await Box.StartWorkerAsync();
        var request = Some.Request("P1", "request-1");

        var applied = await AskAsync(request, "first");
        applied.Reason.ShouldBe("REVERSED");
        var duplicate = await AskAsync(request, "second");
        duplicate.IsReplay.ShouldBeTrue();
        duplicate.Body.ShouldBe(applied.Body);
        (await AskAsync(Some.Request("P1", "request-1", 1), "third")).Reason.ShouldBe("IDEMPOTENCY_CONFLICT");
        (await AskAsync("[]", "fourth")).Reason.ShouldBe("MALFORMED_BODY");
        (await AskAsync(Some.Request("P1", "request-2"), "fifth")).Reason.ShouldBe("ALREADY_REVERSED");
        (await AskAsync(request, correlationId: null)).IsReplay.ShouldBeTrue();
    }

    [Fact]
    public async Task So_do_the_first_and_the_last_answer_of_a_request_that_waits()
    {
        var bill = await Box.Books.BillAsync();
        Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
        Box.Settings[$"Clients:{Some.OtherClient}:PendingFor"] = "00:00:00.5";
        await Box.StartWorkerAsync();
        (await AskAsync(Some.Request("P1", "request-1"), "early")).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        await Box.Books.PayAsync(bill, "P1", 1000);
        ShouldCarry((await Box.Tap.HearAsync(2))[1], "early", "REVERSED");

        await SendAsync(Some.Request("P2", "request-2"), "in vain", Some.OtherClient);
        var both = (await Box.Tap.HearAsync(4)).Skip(2);
        both.ShouldAllBe(answer => answer.Properties.CorrelationId == "in vain");
        both.Last().Json.GetProperty("pending_until").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task The_last_answer_of_a_request_sent_again_while_it_waits_goes_to_who_asked_last()
    {
        var bill = await Box.Books.BillAsync();
        Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
        await Box.StartWorkerAsync();
        await AskAsync(Some.Request("P1", "request-1"), "first");
        await AskAsync(Some.Request("P1", "request-1"), "second");
        await Box.Books.PayAsync(bill, "P1", 1000);
        ShouldCarry((await Box.Tap.HearAsync(3))[2], "second", "REVERSED");
    }

    [Fact]
    public async Task Answers_that_wait_in_the_outbox_and_those_published_again_by_hand_carry_it_too()
    {
        await PaidAsync("P1");
        await Box.StartWorkerAsync();
        await Box.Tap.UnbindAsync();
        var request = Some.Request("P1", "request-1");
        await SendAsync(request, "first");
        await Box.Books.CountedAsync("reversals.outbox", 1);
        await SendAsync(request, "second");
        await SendAsync(request, correlationId: null);
        await SendAsync("[]", "third");
        await Box.Books.CountedAsync("reversals.outbox", 4);
        await Box.StopWorkersAsync();
        await Box.Tap.BindAsync();
        await Box.StartWorkerAsync();

        var heard = await Box.Tap.HearAsync(4);
        string?[] expected = ["first", "second", "third", null];
        heard.Select(answer => answer.Properties.CorrelationId).ShouldBe(expected, ignoreOrder: true);
        heard.Where(answer => answer.IsReplay).Select(answer => answer.Properties.CorrelationId)
            .ShouldBe(["second", null], ignoreOrder: true);

        (await RunAsync($"event replay {heard[0].EventId} --yes")).ShouldEndWith(0);
        var again = (await Box.Tap.HearAsync(5))[4];
        again.Properties.CorrelationId.ShouldBe(heard
            .Single(answer => answer.EventId == again.EventId && !answer.IsReplay).Properties.CorrelationId);
    }

    [Theory]
    [Each("x", "not a Guid; 'quoted' \u00E9\u4E2D\uD83D\uDE00", "line\nend\ttab\u0001", "longest")]
    public async Task Any_text_that_fits_into_the_property_comes_back_as_it_was(string text)
    {
        await PaidAsync("P1");
        await Box.StartWorkerAsync();
        await AskAsync(Some.Request("P1", "request-1"), text == "longest" ? new string('c', 255) : text);
        await AskAsync(Some.Request("P1", "request-1"), text == "longest" ? new string('d', 255) : text);
    }

    [Fact]
    public async Task What_no_column_can_hold_is_answered_without_it_and_stops_nobody()
    {
        await PaidAsync("P1");
        await Box.StartWorkerAsync();
        await SendAsync(Some.Request("P1", "request-1"), "a\0b");
        (await Box.Tap.HearAsync(1))[0].Properties.CorrelationId.ShouldBeNull();
        await AskAsync(Some.Request("P1", "request-1"), "next");
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_quarantined_message_that_is_sent_again_is_answered_with_it()
    {
        await PaidAsync("P1");
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await SendAsync(Some.Request("P1", "request-1"), "quarantined");
        await Box.Books.QuarantinedAsync(1);
        await Box.RestartWithKeyAsync(Some.Key);
        (await RunAsync("quarantine replay 1 --yes")).ShouldEndWith(0);
        ShouldCarry((await Box.Tap.HearAsync(1))[0], "quarantined", "REVERSED");
    }

    static void ShouldCarry(Heard answer, string? correlationId, string reason)
    {
        answer.Reason.ShouldBe(reason);
        answer.Properties.CorrelationId.ShouldBe(correlationId);
    }

    async Task PaidAsync(string paymentRef) => await Box.Books.PaidAsync(paymentRef, 1000);

    Task SendAsync(string body, string? correlationId, string client = Some.Client) =>
        Box.Upstream.SendAsync(body, client, to => to.CorrelationId = correlationId);

    /// <summary>Sends and waits for the answer, which must carry the same.</summary>
    async Task<Heard> AskAsync(string body, string? correlationId)
    {
        var answer = await Box.AskAsync(body, change: to => to.CorrelationId = correlationId);
        answer.Properties.CorrelationId.ShouldBe(correlationId);
        return answer;
    }
}
