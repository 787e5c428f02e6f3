namespace Reversals.Tests.Integration;

/// <summary>A request that waits and then fails alone is no more forgotten than one that only waits.</summary>
public sealed class PendingFailureTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task It_is_tried_again_until_its_bill_is_mended_and_needs_no_restart()
    {
        var bill = await PoisonedAsync();
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("P1", "request-1", 400));
        await Box.AskAsync(Some.Request("P1", "request-2", 400));
        await PaidAsync(bill);
        await Until.LoggedAsync("fails alone");
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(2);
        await Box.Books.RunAsync("DROP TRIGGER poison ON billing.bill");

        // In the order of arrival, as if nothing had happened.
        (await Box.Tap.HearAsync(4)).Skip(2)
            .Select(answer => (answer.ReferenceId, answer.Reason)).ShouldBe(
                [("request-1", "PARTIALLY_REVERSED"), ("request-2", "EXCEEDS_REMAINING")], ignoreOrder: true);
        await Box.Books.CountedAsync("reversals.pending", 0);
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task While_it_fails_others_are_applied_as_ever()
    {
        var bill = await PoisonedAsync();
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Request("P2", "request-2"));
        await PaidAsync(bill);
        await Until.LoggedAsync("fails alone");
        await Box.Books.PaidAsync("P2", 500, vaNumber: "0000000000000002");
        var answer = (await Box.Tap.HearAsync(3))[2];
        (answer.ReferenceId, answer.Reason).ShouldBe(("request-2", "REVERSED"));
    }

    [Fact]
    public async Task When_its_time_is_up_the_last_word_says_that_it_failed()
    {
        Box.Settings[$"Clients:{Some.Client}:PendingFor"] = "00:00:02";
        var bill = await PoisonedAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(
            Some.Request("P1", "request-1"), change: to => to.CorrelationId = "mine");
        await Box.Tap.HearAsync(1);
        await PaidAsync(bill);

        var last = (await Box.Tap.HearAsync(2))[1];
        last.Exchange.ShouldBe("reversal-rejected");
        last.Reason.ShouldBe("INTERNAL_ERROR");
        last.Properties.CorrelationId.ShouldBe("mine");
        last.ReferenceId.ShouldBe("request-1");
        last.Json.GetProperty("rc").GetString().ShouldBe("BILLER_GATEWAY_INVALID_RESPONSE");
        last.Json.GetProperty("pending_until").ValueKind.ShouldBe(JsonValueKind.Null);
        last.Json.GetProperty("data").ValueKind.ShouldBe(JsonValueKind.Null);
        await Box.Books.CountedAsync("reversals.pending", 0);
        await Box.NothingIsLeftAsync();
        Box.Tap.Count.ShouldBe(2);
    }

    /// <summary>A bill that fails from now on.</summary>
    async Task<long> PoisonedAsync()
    {
        Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
        var bill = await Box.Books.BillAsync();
        await Box.Books.PoisonAsync(bill);
        return bill;
    }

    /// <summary>The payment appears; its bill takes it before it fails.</summary>
    Task PaidAsync(long bill) => Box.Books.RunAsync(FormattableString.Invariant(
        $"""
        BEGIN;
        ALTER TABLE billing.bill DISABLE TRIGGER poison;
        UPDATE billing.bill SET paid_amount = 500 WHERE id = {bill};
        INSERT INTO billing.payment (bill_id, client_id, payment_ref, va_number, amount)
        SELECT id, client_id, 'P1', va_number, 500 FROM billing.bill WHERE id = {bill};
        ALTER TABLE billing.bill ENABLE TRIGGER poison;
        COMMIT;
        """));
}
