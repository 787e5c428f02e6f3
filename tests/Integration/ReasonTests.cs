namespace Reversals.Tests.Integration;

/// <summary>Every reason an event can give, as a real message; a rejection changes nothing.</summary>
public sealed class ReasonTests(Servers servers) : ServerTest(servers)
{
    const string Malformed = "body is not strict JSON with unique names at line 1, byte ";

    /// <summary>Client, body, reason, message (null: the reason's own), whether the bill is shown.</summary>
    public static TheoryData<string, string, string, string?, bool> Refusals { get; } = new()
    {
        { Some.Client, "{'payment_ref':'PAY-A',}", "MALFORMED_BODY", Malformed + "24", false },
        { Some.Client, "'PAY-A'", "MALFORMED_BODY", "body must be one JSON object", false },
        {
            Some.Client, @"{'payment_ref':'PAY\u0000-A'}",
            "MALFORMED_BODY", "no string may hold a control character", false
        },
        {
            Some.Client, @"{'payment_ref':'\ud800'}",
            "MALFORMED_BODY", "no string may hold half of a surrogate pair", false
        },
        { Some.Client, "{'payment_ref':17}", "INVALID_FIELD", "payment_ref must be a string", false },
        {
            Some.Client, "{'reference_id':'four'}",
            "INVALID_FIELD", "reference_id must be 5 to 64 printable ASCII characters", false
        },
        { Some.Client, "{}", "NO_IDENTIFIER", null, false },
        { Some.Client, "{'payment_ref':'','reference_id':null,'amount':5}", "NO_IDENTIFIER", null, false },
        { Some.Client, "{'payment_ref':'PAY-A','amount':0}", "AMOUNT_INVALID", null, false },
        { Some.Client, "{'payment_ref':'PAY-A','amount':1.005}", "AMOUNT_INVALID", null, false },
        { Some.Client, "{'payment_ref':'PAY-A','amount':'1,00'}", "AMOUNT_INVALID", null, false },
        { Some.Client, "{'payment_ref':'PAY-A','virtual_account':'123'}", "VA_MALFORMED", null, false },
        {
            Some.Client, "{'payment_ref':'PAY-A','reference_id':'used-before'}",
            "IDEMPOTENCY_CONFLICT", null, true
        },
        { Some.Client, "{'payment_ref':'PAY-X'}", "PAYMENT_NOT_FOUND", null, false },
        { Some.Client, "{'payment_ref':'PAY-OTHER'}", "PAYMENT_NOT_FOUND", null, false },
        {
            Some.Client, "{'reference_id':'new-reference','virtual_account':'0000000002'}",
            "AMBIGUOUS_PAYMENT", null, true
        },
        { Some.Client, "{'payment_ref':'PAY-A','virtual_account':'0000000002'}", "VA_MISMATCH", null, true },
        { Some.Client, "{'payment_ref':'PAY-A','channel':'bank_bca'}", "CHANNEL_MISMATCH", null, true },
        { Some.StrictClient, "{'payment_ref':'PAY-OLD'}", "WINDOW_EXPIRED", null, true },
        { Some.Client, "{'payment_ref':'PAY-GONE'}", "ALREADY_REVERSED", null, true },
        { Some.Client, "{'payment_ref':'PAY-A','amount':100000.01}", "EXCEEDS_REMAINING", null, true },
        { Some.Client, "{'payment_ref':'PAY-A','amount':99999.99}", "PARTIAL_NOT_ALLOWED", null, true },
        { Some.Client, "{'payment_ref':'PAY-ODD'}", "LEDGER_INCONSISTENT", null, true },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_request_that_breaks_a_rule_is_answered_with_its_reason_and_changes_nothing(
        string client, string body, string reason, string? message, bool showsTheBill)
    {
        await SeedAsync();
        var before = await Box.Books.SnapshotAsync();
        await Box.StartWorkerAsync();

        var answer = await Box.AskAsync(Some.Json(body), client);
        var expected = Reason.All.Single(one => one.Code == reason);
        answer.Exchange.ShouldBe("reversal-rejected");
        answer.Reason.ShouldBe(reason);
        answer.Json.GetProperty("rc").GetString().ShouldBe(expected.Rc);
        answer.Json.GetProperty("message").GetString().ShouldBe(message ?? expected.Message);
        answer.Json.GetProperty("client_id").GetString().ShouldBe(client);
        (answer.Json.GetProperty("data").ValueKind == JsonValueKind.Object).ShouldBe(showsTheBill);

        (await Box.Books.SnapshotAsync()).ShouldBe(before);
        (await Box.Books.TextAsync("SELECT rc || ' ' || reason FROM reversals.event"))
            .ShouldBe($"{expected.Rc} {reason}");
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        await Box.Books.OutboxEmptyAsync();
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_rejection_does_not_use_up_its_reference()
    {
        await SeedAsync();
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("PAY-A", "request-1", 5))).Reason.ShouldBe("PARTIAL_NOT_ALLOWED");
        (await Box.AskAsync(Some.Request("PAY-A", "request-1"))).Reason.ShouldBe("REVERSED");
        (await Box.AskAsync(Some.Request("PAY-A", "request-1", 5))).Reason.ShouldBe("IDEMPOTENCY_CONFLICT");
    }

    [Fact]
    public async Task A_clients_bill_ends_as_reversal_when_the_client_wishes_so()
    {
        var bill = await Box.Books.PaidAsync("PAY-NEW", 100_000, "close", "paid", Some.StrictClient);
        await Box.StartWorkerAsync();
        var answer = await Box.AskAsync(Some.Request("PAY-NEW", "request-1"), Some.StrictClient);
        answer.Reason.ShouldBe("REVERSED");
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("reversal", 0, 1));
    }

    [Fact]
    public async Task Without_a_reference_the_payment_ref_is_the_key()
    {
        await SeedAsync();
        await Box.StartWorkerAsync();
        var first = await Box.AskAsync(Some.Json("{'payment_ref':'PAY-A'}"));
        first.ReferenceId.ShouldBe("payment_ref:PAY-A");
        var second = await Box.AskAsync(Some.Json("{'payment_ref':'PAY-A'}"));
        (second.EventId, second.IsReplay).ShouldBe((first.EventId, true));
    }

    [Fact]
    public async Task The_time_that_counts_for_the_window_is_when_the_request_was_sent()
    {
        await SeedAsync();
        await Box.StartWorkerAsync();
        var sentInTime = new RabbitMQ.Client.AmqpTimestamp(
            TimeProvider.System.GetUtcNow().AddDays(-1.5).ToUnixTimeSeconds());
        await Box.Upstream.SendAsync(
            Some.Request("PAY-OLD", "request-1"), Some.StrictClient, to => to.Timestamp = sentInTime);
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    async Task SeedAsync()
    {
        var books = Box.Books;
        var bill = await books.BillAsync("close", "paid");
        await books.PayAsync(bill, "PAY-A", 100_000, "TRX-A", "bank_bsi");
        var open = await books.PaidAsync("PAY-B1", 10_000, vaNumber: "8573990000000002");
        await books.PayAsync(open, "PAY-B2", 10_000);
        await books.PaidAsync("PAY-OTHER", 10_000, client: Some.OtherClient);
        await books.PayAsync(await books.BillAsync(client: Some.StrictClient), "PAY-OLD", 10_000, daysAgo: 2);
        var gone = await books.PaidAsync("PAY-GONE", 10_000, "partial", vaNumber: "8573990000000003");
        await books.RunAsync(
            "UPDATE billing.payment SET reversed_amount = amount WHERE bill_id = @gone", new { gone });
        var odd = await books.PaidAsync("PAY-ODD", 10_000, vaNumber: "8573990000000004");
        await books.RunAsync("UPDATE billing.bill SET paid_amount = 9999.99 WHERE id = @odd", new { odd });
        await books.RunAsync(
            """
            INSERT INTO reversals.reversal
            VALUES ('acme', 'used-before', sha256('other content'), 1, @gone, 1, gen_random_uuid(), now())
            """,
            new { gone });
    }
}
