using Reversals.Operations.Queries;

namespace Reversals.Tests.Integration;

/// <summary>Books that agree have no finding; each way in which they could disagree is named.</summary>
public sealed class VerbReconcileTests(Servers servers) : ServerTest(servers)
{
    /// <summary>For every invariant what breaks it, and what its finding says.</summary>
    static readonly (string Invariant, string Plant, string[] Words)[] Planted =
    [
        (
            "bill_paid_amount", "UPDATE billing.bill SET paid_amount = paid_amount + 1 WHERE id = 1",
            ["acme", "6000.00", "6001.00"]
        ),
        (
            "payment_reversed_amount", "UPDATE billing.payment SET reversed_amount = 3999 WHERE id = 1",
            ["P1", "4000.00", "3999.00"]
        ),
        (
            "payment_limits",
            "ALTER TABLE billing.payment DROP CONSTRAINT payment_check; " +
                "UPDATE billing.payment SET reversed_amount = 10001 WHERE id = 1",
            ["P1", "0 to 10000.00", "10001.00"]
        ),
        (
            "bill_limits",
            "ALTER TABLE billing.bill DROP CONSTRAINT bill_paid_amount_check; " +
                "UPDATE billing.bill SET paid_amount = -1 WHERE id = 1",
            ["acme", "at least 0", "-1.00"]
        ),
        (
            "bill_status", "UPDATE billing.bill SET status = 'reversal' WHERE id = 1",
            ["reversal only", "6000.00 of"]
        ),
        (
            "reversal_payment",
            "UPDATE reversals.reversal SET payment_id = 99 WHERE reference_id = 'request-1'",
            ["request-1", "no such", "payment"]
        ),
        (
            "reversal_event", "DELETE FROM reversals.event WHERE reference_id = 'request-1'",
            ["request-1", "no such"]
        ),
        (
            "event_reversal", "DELETE FROM reversals.reversal WHERE reference_id = 'request-1'",
            ["request-1", "1 reversal", "0"]
        ),
        (
            "event_anonymised",
            "UPDATE reversals.event SET anonymised_at = now() WHERE reference_id = 'request-1'",
            ["request-1", "nothing about a customer"]
        ),
        (
            "event_amount", "UPDATE reversals.reversal SET amount = 3999 WHERE reference_id = 'request-1'",
            ["request-1", "3999.00", "4000"]
        ),
        (
            "outbox_event",
            "INSERT INTO reversals.outbox (kind, event_id) VALUES " +
                "('payment.reversal', '01a209a6-f224-733d-addc-b8f24dae001b')",
            ["no such"]
        ),
    ];

    public static TheoryData<string, string, string[]> Plants { get; } = new(Planted);

    [Fact]
    public void Every_invariant_has_a_plant() =>
        Planted.Select(plant => plant.Invariant).ShouldBe(Reconciliation.All.Select(one => one.Name));

    [Theory]
    [MemberData(nameof(Plants))]
    public async Task A_planted_inconsistency_is_found_and_named(
        string invariant, string plant, string[] words)
    {
        await ReverseAsync();
        (await RunAsync("reconcile")).ShouldEndWith(0).Out.ShouldContain("The books agree.");
        await Box.Books.RunAsync(plant);

        var run = (await RunAsync("reconcile")).ShouldEndWith(1);
        run.Out.ShouldContain($"{invariant}: 1 of 1 findings");
        words.ShouldAllBe(word => run.Out.Contains(word), run.Out);
        run.Error.ShouldContain($"{Reconciliation.All.Count} of {Reconciliation.All.Count}");
        var json = (await RunAsync("reconcile --json")).ShouldEndWith(1).Json;
        json.EnumerateArray().Single(one => one.GetProperty("name").GetString() == invariant)
            .GetProperty("findings")[0].GetProperty("total").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task All_findings_are_counted_and_some_are_listed()
    {
        await Box.Books.ManyAsync(500);
        await Box.Books.RunAsync("UPDATE billing.bill SET paid_amount = 1");
        var run = (await RunAsync("reconcile --limit 3")).ShouldEndWith(1);
        run.Out.ShouldContain("bill_paid_amount: 3 of 500 findings");
        run.Out.ShouldContain("The books do not agree: 500 findings.");
    }

    /// <summary>Reversals of each sort, in part and as a whole, with everything published.</summary>
    async Task ReverseAsync()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        var close = await Box.Books.PaidAsync("P2", 100_000, "close", "paid");
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1", 4_000))).Reason.ShouldBe("PARTIALLY_REVERSED");
        (await Box.AskAsync(Some.Request("P2", "request-2"))).Reason.ShouldBe("REVERSED");
        (await Box.AskAsync(Some.Request("P2", "request-3"))).Reason.ShouldBe("ALREADY_REVERSED");
        await Box.Books.OutboxEmptyAsync();
        await Box.StopWorkersAsync();
    }
}
