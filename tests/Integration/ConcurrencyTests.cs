namespace Reversals.Tests.Integration;

/// <summary>The cases in which requests meet each other, with two workers.</summary>
public sealed class ConcurrencyTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Case_12_twenty_deliveries_at_once_have_one_effect_and_nineteen_duplicates()
    {
        var bill = await Box.Books.PaidAsync("P1", 100_000, "close", "paid");
        await Box.StartWorkerAsync(2);
        await Box.Upstream.SendAllAsync(Enumerable.Repeat(Some.Request("P1", "request-1"), 20));

        var heard = await Box.HearOnceAsync(20);
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(1);
        heard.Count(one => one.IsReplay).ShouldBe(19);
        heard.ShouldAllBe(one => one.Reason == "REVERSED" && one.Body.SequenceEqual(heard[0].Body));
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 1));
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
        await SettledAsync();
    }

    [Fact]
    public async Task Case_12_of_two_references_for_one_payment_at_once_the_second_is_already_reversed()
    {
        var bill = await Box.Books.PaidAsync("P1", 100_000, "close", "paid");
        await Box.StartWorkerAsync(2);
        await Box.Upstream.SendAllAsync([Some.Request("P1", "request-1"), Some.Request("P1", "request-2")]);

        (await Box.HearOnceAsync(2)).Select(one => one.Reason).Order(StringComparer.Ordinal)
            .ShouldBe(["ALREADY_REVERSED", "REVERSED"]);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 1));
        await SettledAsync();
    }

    [Fact]
    public async Task Case_13_of_two_parts_that_exceed_the_payment_together_one_is_applied()
    {
        const int payments = 20;
        var bill = await Box.Books.BillAsync();
        for (var n = 1; n <= payments; n++)
        {
            await Box.Books.PayAsync(bill, $"P{n}", 100);
        }

        await Box.StartWorkerAsync(2);
        await Box.Upstream.SendAllAsync(Enumerable.Range(1, payments).SelectMany(n => (string[])
            [Some.Request($"P{n}", $"first-{n}", 60), Some.Request($"P{n}", $"second-{n}", 60)]));

        var heard = await Box.HearOnceAsync(2 * payments);
        foreach (var pair in heard.GroupBy(one => one.Json.GetProperty("payment_ref").GetString()))
        {
            pair.Select(one => one.Reason).Order(StringComparer.Ordinal)
                .ShouldBe(["EXCEEDS_REMAINING", "PARTIALLY_REVERSED"]);
        }

        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 40 * payments, payments));
        await SettledAsync();
    }

    async Task SettledAsync()
    {
        var heard = Box.Tap.Count;
        await Box.SettledAsync();
        (await Box.Tap.SettleAsync()).Count.ShouldBe(heard);
    }
}
