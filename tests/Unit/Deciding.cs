namespace Reversals.Tests.Unit;

/// <summary>The fold a batch makes: decide, take into the books, decide the next.</summary>
static class Deciding
{
    internal static ReversalDecision Answer(
        this Ledger ledger, ReversalRequest request, ClientPolicy? policy = null, DateTimeOffset? now = null)
    {
        var decision = ReversalPolicy.Decide(request, ledger, policy ?? Some.Policy, now ?? Some.Now);
        if (decision is Applied applied)
        {
            ledger.Apply(applied, request, Guid.CreateVersion7(Some.Now), now ?? Some.Now);
        }

        return decision;
    }

    /// <summary>What was applied last under the request's key, or null.</summary>
    internal static StoredReversal? Stored(this Ledger ledger, ReversalRequest request) =>
        request.KeyOrigin == KeyOrigin.Derived
            ? ledger.DerivedReversals(request.ClientId, request.Key!) is [.., var last] ? last : null
            : ledger.Reversal(request.ClientId, request.Key!);

    /// <summary>The payment as it stands in the books.</summary>
    internal static BillPayment Payment(this Ledger ledger, BillPayment payment) =>
        ledger.ByVaEnd(payment.ClientId, payment.VaNumber).Single(found => found.Id == payment.Id);

    internal static Applied ShouldBeApplied(this ReversalDecision decision, Reason? reason = null)
    {
        var applied = decision.ShouldBeOfType<Applied>();
        applied.Reason.ShouldBe(reason ?? Reason.Reversed);
        return applied;
    }

    internal static Rejected ShouldBeRejected(this ReversalDecision decision, Reason reason)
    {
        var rejected = decision.ShouldBeOfType<Rejected>();
        rejected.Rejection.Reason.ShouldBe(reason);
        return rejected;
    }
}
