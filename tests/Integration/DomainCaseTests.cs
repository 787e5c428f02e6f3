namespace Reversals.Tests.Integration;

/// <summary>The cases that every implementation must pass, as messages. Each bill asks for 100 000.</summary>
public sealed class DomainCaseTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Case_1_reversing_the_only_payment_of_a_close_bill_makes_it_active()
    {
        var bill = await PaidAsync("close", "paid", ("P1", 100_000));
        await AppliedAsync("P1", "REVERSED", 100_000, 0);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 1));
    }

    [Fact]
    public async Task Case_2_a_part_of_a_close_bill_is_refused()
    {
        await PaidAsync("close", "paid", ("P1", 100_000));
        await RefusedAsync(Some.Request("P1", "request-1", 99_999), "PARTIAL_NOT_ALLOWED");
    }

    [Fact]
    public async Task Case_3_one_of_two_payments_of_a_partial_bill_is_reversed()
    {
        var bill = await PaidAsync("partial", "paid", ("P1", 40_000), ("P2", 60_000));
        await AppliedAsync("P1", "REVERSED", 40_000, 0);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 60_000, 1));
    }

    [Fact]
    public async Task Case_4_the_same_payment_again_under_another_reference_is_refused()
    {
        await PaidAsync("partial", "paid", ("P1", 40_000), ("P2", 60_000));
        await AppliedAsync("P1", "REVERSED", 40_000, 0);
        var refused = await RefusedAsync(Some.Request("P1", "request-2"), "ALREADY_REVERSED");
        refused.Json.GetProperty("data").GetProperty("paid_amount").GetDecimal().ShouldBe(60_000);
    }

    [Fact]
    public async Task Case_5_a_part_and_then_the_rest_are_two_reversals_with_an_event_each()
    {
        var bill = await PaidAsync("partial", "active", ("P2", 60_000));
        await AppliedAsync("P2", "PARTIALLY_REVERSED", 20_000, 40_000, given: 20_000, reference: "request-1");
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 40_000, 1));
        await AppliedAsync("P2", "REVERSED", 40_000, 0, reference: "request-2");
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 2));
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(2);
        (await Box.Tap.SettleAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Case_6_the_other_payment_of_an_open_bill_is_untouched()
    {
        var bill = await PaidAsync("open", "active", ("P1", 10_000), ("P2", 10_000));
        await AppliedAsync("P2", "REVERSED", 10_000, 0);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 10_000, 1));
        (await Box.Books.TextsAsync(
            "SELECT payment_ref || ' ' || reversed_amount FROM billing.payment ORDER BY id"))
            .ShouldBe(["P1 0.00", "P2 10000.00"]);
    }

    [Fact]
    public async Task Case_7_a_virtual_account_and_an_amount_that_fit_two_payments_are_ambiguous()
    {
        await PaidAsync("open", "active", ("P1", 10_000), ("P2", 10_000));
        await RefusedAsync(
            Some.Json("{'reference_id':'request-1','virtual_account':'8573991234567890','amount':10000}"),
            "AMBIGUOUS_PAYMENT");
    }

    [Fact]
    public async Task Case_8_a_bill_past_its_time_expires()
    {
        var bill = await Box.Books.PaidAsync("P1", 100_000, "close", "paid", validForDays: -1);
        await AppliedAsync("P1", "REVERSED", 100_000, 0);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("expired", 0, 1));
    }

    [Fact]
    public async Task Case_9_a_void_bill_stays_void()
    {
        var bill = await PaidAsync("close", "void", ("P1", 100_000));
        await AppliedAsync("P1", "REVERSED", 100_000, 0);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("void", 0, 1));
    }

    [Fact]
    public async Task Case_10_a_bill_that_was_paid_twice_stays_paid()
    {
        var bill = await PaidAsync("close", "paid", ("P1", 100_000), ("P2", 100_000));
        await AppliedAsync("P1", "REVERSED", 100_000, 0);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("paid", 100_000, 1));
    }

    [Fact]
    public async Task Case_11_of_two_bills_on_one_virtual_account_the_one_that_was_paid_changes()
    {
        var old = await PaidAsync("close", "paid", ("P1", 100_000));
        var issuedAgain = await Box.Books.BillAsync("close");
        await AppliedAsync("P1", "REVERSED", 100_000, 0);
        (await Box.Books.StateAsync(old)).ShouldBe(new BillState("active", 0, 1));
        (await Box.Books.StateAsync(issuedAgain)).ShouldBe(new BillState("active", 0, 0));
    }

    async Task<long> PaidAsync(
        string type, string status, params (string PaymentRef, decimal Amount)[] payments)
    {
        var bill = await Box.Books.BillAsync(type, status);
        foreach (var (paymentRef, amount) in payments)
        {
            await Box.Books.PayAsync(bill, paymentRef, amount);
        }

        return bill;
    }

    async Task AppliedAsync(
        string paymentRef, string reason, decimal taken, decimal left, decimal? given = null,
        string reference = "request-1")
    {
        if (Box.Tap.Count == 0)
        {
            await Box.StartWorkerAsync();
        }

        var answer = await Box.AskAsync(Some.Request(paymentRef, reference, given));
        answer.Exchange.ShouldBe("payment-reversed");
        answer.Reason.ShouldBe(reason);
        answer.Json.GetProperty("amount").GetDecimal().ShouldBe(taken);
        answer.Json.GetProperty("remaining").GetDecimal().ShouldBe(left);
        var data = answer.Json.GetProperty("data");
        data.GetProperty("payment").GetProperty("amount").GetDecimal().ShouldBe(taken);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    async Task<Heard> RefusedAsync(string body, string reason)
    {
        if (Box.Tap.Count == 0)
        {
            await Box.StartWorkerAsync();
        }

        var before = await Box.Books.SnapshotAsync();
        var answer = await Box.AskAsync(body);
        answer.Exchange.ShouldBe("reversal-rejected");
        answer.Reason.ShouldBe(reason);
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
        return answer;
    }
}
