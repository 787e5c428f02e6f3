namespace Reversals.Tests.Integration;

/// <summary>Requests without a reference of their own, and payment_refs that banks use again.</summary>
public sealed class DerivedKeyTests(Servers servers) : ServerTest(servers)
{
    const string Plain = "{'payment_ref':'RRN1'}";

    [Fact]
    public async Task When_the_bank_uses_a_payment_ref_again_the_new_payment_is_reversed()
    {
        var (old, bill) = await ReversedLongAgoAsync();

        var second = await Box.AskAsync(Some.Json(Plain));

        second.Reason.ShouldBe("REVERSED");
        second.IsReplay.ShouldBeFalse();
        second.ReferenceId.ShouldBe("payment_ref:RRN1");
        second.EventId.ShouldNotBe(old.EventId);
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(0);
        (await Box.AskAsync(Some.Json(Plain))).Body.ShouldBe(second.Body);
        (await SendAgainAsync()).Body.ShouldBe(old.Body);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task With_the_VA_added_the_new_payment_is_reversed_as_well()
    {
        var (_, bill) = await ReversedLongAgoAsync();
        var answer = await Box.AskAsync(
            Some.Json("{'payment_ref':'RRN1','virtual_account':'8573991234567890'}"));
        answer.Reason.ShouldBe("REVERSED");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(0);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task An_old_request_delivered_again_gets_its_old_answer_and_leaves_the_new_payment()
    {
        var (old, bill) = await ReversedLongAgoAsync();
        var again = await SendAgainAsync();
        again.IsReplay.ShouldBeTrue();
        again.Body.ShouldBe(old.Body);
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(1000);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task Twenty_deliveries_at_once_after_the_payment_ref_was_used_again_have_one_effect()
    {
        var (old, bill) = await ReversedLongAgoAsync(workers: 2);

        await Box.Upstream.SendAllAsync(Enumerable.Repeat(Some.Json(Plain), 20));

        var heard = (await Box.HearOnceAsync(21)).Skip(1).ToList();
        heard.Select(one => one.EventId).Distinct().ShouldHaveSingleItem().ShouldNotBe(old.EventId);
        heard.Count(one => one.IsReplay).ShouldBe(19);
        heard.ShouldAllBe(one => one.Reason == "REVERSED" && one.Body.SequenceEqual(heard[0].Body));
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 1));
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(2);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task Twenty_deliveries_at_once_of_what_two_payments_fit_take_from_neither()
    {
        var bill = await Box.Books.BillAsync();
        await Box.Books.PayAsync(bill, "RRN1", 1000, daysAgo: 2);
        await Box.Books.PayAsync(bill, "RRN1", 1000, daysAgo: 1);
        await Box.StartWorkerAsync(2);

        await Box.Upstream.SendAllAsync(Enumerable.Repeat(Some.Json(Plain), 20));

        (await Box.HearOnceAsync(20)).ShouldAllBe(one => one.Reason == "AMBIGUOUS_PAYMENT");
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 2000, 0));
        await Box.SettledAsync();
    }

    [Fact]
    public async Task What_a_worker_of_before_applied_answers_its_duplicates()
    {
        var (old, bill) = await ReversedLongAgoAsync();
        await Box.Books.RunAsync("UPDATE reversals.reversal SET key_payment_id = 0");

        var again = await SendAgainAsync();
        again.IsReplay.ShouldBeTrue();
        again.Body.ShouldBe(old.Body);
        (await Box.AskAsync(Some.Json(Plain))).IsReplay.ShouldBeFalse();
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(0);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task A_reference_that_looks_derived_and_a_derived_one_are_two_keys()
    {
        const string lookalike = "{'payment_ref':'RRN2','reference_id':'payment_ref:RRN1'}";
        var bill = await Box.Books.PaidAsync("RRN1", 1000);
        await Box.Books.PayAsync(bill, "RRN2", 500);
        await Box.StartWorkerAsync();

        foreach (var replay in (bool[])[false, true])
        {
            foreach (var body in (string[])[lookalike, Plain])
            {
                var answer = await Box.AskAsync(Some.Json(body));
                answer.Reason.ShouldBe("REVERSED");
                answer.IsReplay.ShouldBe(replay);
                answer.ReferenceId.ShouldBe("payment_ref:RRN1");
            }
        }

        (await Box.AskAsync(Some.Json(lookalike.Replace("RRN2", "RRN3", StringComparison.Ordinal)))).Reason
            .ShouldBe("IDEMPOTENCY_CONFLICT");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(0);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task The_database_itself_takes_a_derived_key_once_for_each_payment()
    {
        const string row =
            """
            INSERT INTO reversals.reversal (client_id, reference_id, key_payment_id, request_hash, payment_id,
                bill_id, amount, event_id, reversed_at)
            VALUES ('acme', 'payment_ref:RRN1', @payment, sha256(''), @payment, 1, 1, gen_random_uuid(),
                now())
            """;
        await Box.Books.RunAsync(row, new { payment = 1L });
        await Box.Books.RunAsync(row, new { payment = 2L });
        await Should.ThrowAsync<Npgsql.PostgresException>(
            () => Box.Books.RunAsync(row, new { payment = 2L }));
    }

    /// <summary>RRN1 was paid 40 days ago and reversed; today it is another payment of another bill.</summary>
    async Task<(Heard Old, long Bill)> ReversedLongAgoAsync(int workers = 1)
    {
        var old = await Box.Books.BillAsync();
        await Box.Books.PayAsync(old, "RRN1", 1000, daysAgo: 40);
        await Box.StartWorkerAsync(workers);
        var answer = await SendAgainAsync();
        answer.Reason.ShouldBe("REVERSED");
        var bill = await Box.Books.PaidAsync("RRN1", 1000);
        return (answer, bill);
    }

    /// <summary>The request of 39 days ago, byte for byte.</summary>
    Task<Heard> SendAgainAsync() => Box.AskAsync(Some.Json(Plain), change: to => to.Timestamp = new AmqpTimestamp(
        TimeProvider.System.GetUtcNow().AddDays(-39).ToUnixTimeSeconds()));
}
