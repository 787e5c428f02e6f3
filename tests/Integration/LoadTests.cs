namespace Reversals.Tests.Integration;

/// <summary>Many requests, several workers.</summary>
public sealed class LoadTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Twenty_thousand_waiting_requests_are_answered_once_each_by_three_workers()
    {
        const int requests = 20_000;
        const int payments = 19_000;
        await Box.Books.ManyAsync(payments);
        await Box.DeployTopologyAsync();

        // The last thousand name payments that earlier ones have reversed.
        await Box.Upstream.SendAllAsync(Enumerable.Range(1, requests).Select(
            n => Some.Request($"P{(n <= payments ? n : n - payments)}", $"request-{n}")));
        await Box.StartWorkerAsync(3);

        var heard = await Box.Tap.HearAsync(requests, 120);
        heard.Select(one => one.ReferenceId).Distinct().Count().ShouldBe(requests);
        heard.Select(one => one.Properties.MessageId).Distinct().Count().ShouldBe(requests);
        heard.CountBy(one => one.Reason!).ShouldBe(
            [new("REVERSED", payments), new("ALREADY_REVERSED", requests - payments)], ignoreOrder: true);
        await Box.SettledAsync();
        (await Box.Tap.SettleAsync()).Count.ShouldBe(requests);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        (await Box.Books.NumberAsync("SELECT sum(paid_amount)::bigint FROM billing.bill")).ShouldBe(0);
        (await Box.Books.NumberAsync("SELECT sum(amount)::bigint FROM reversals.reversal"))
            .ShouldBe(payments * 1000L);
        (await Box.Books.CountAsync("reversals.event")).ShouldBe(requests);
    }
}
