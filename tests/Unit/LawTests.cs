using CsCheck;

namespace Reversals.Tests.Unit;

/// <summary>What holds whatever the books say and whoever asks for whatever; a failure prints its
/// seed.</summary>
public sealed class LawTests
{
    const long Tries = 2_000;

    static readonly Gen<(Books Books, ReversalRequest[] Requests, ClientPolicy Policy)> Any =
        Gen.Select(Gen.OneOf(Books.Any, Books.Any, Books.Broken), Books.Requests, Books.Policy);

    [Fact]
    public void Money_is_conserved_and_never_negative() =>
        Any.Sample(given =>
        {
            var (after, decisions) = given.Books.Run(given.Requests, given.Policy);
            foreach (var (before, bill) in given.Books.Bills.Zip(after.Bills))
            {
                var taken = decisions.OfType<Applied>()
                    .Where(applied => applied.Bill.Id == bill.Id).Sum(applied => applied.Amount);
                bill.PaidAmount.ShouldBe(before.PaidAmount - taken);
                bill.PaidAmount.ShouldBeGreaterThanOrEqualTo(0);
                bill.TotalAmount.ShouldBe(before.TotalAmount);
                bill.Model.BilledAmount.ShouldBe(before.Model.BilledAmount);
            }
        }, iter: Tries);

    [Fact]
    public void What_a_bill_has_paid_stays_what_its_payments_have_left() =>
        Gen.Select(Books.Any, Books.Requests, Books.Policy).Sample((books, requests, policy) =>
        {
            var (after, _) = books.Run(requests, policy);
            foreach (var bill in after.Bills)
            {
                var payments = after.Payments.Where(payment => payment.BillId == bill.Id);
                bill.PaidAmount.ShouldBe(payments.Sum(payment => payment.Remaining));
            }
        }, iter: Tries);

    [Fact]
    public void A_payment_never_gives_more_than_it_has() =>
        Any.Sample(given =>
        {
            var (after, decisions) = given.Books.Run(given.Requests, given.Policy);
            foreach (var (before, payment) in given.Books.Payments.Zip(after.Payments))
            {
                var taken = decisions.OfType<Applied>()
                    .Where(applied => applied.Payment.Id == payment.Id).Sum(applied => applied.Amount);
                payment.ReversedAmount.ShouldBe(before.ReversedAmount + taken);
                payment.ReversedAmount.ShouldBeLessThanOrEqualTo(payment.Amount);
                payment.Amount.ShouldBe(before.Amount);
            }
        }, iter: Tries);

    [Fact]
    public void A_key_is_applied_at_most_once_a_derived_one_for_each_payment_and_always_above_zero() =>
        Any.Sample(given =>
        {
            var (_, decisions) = given.Books.Run(given.Requests, given.Policy);
            var applied = given.Requests.Zip(decisions)
                .Where(answer => answer.Second is Applied)
                .Select(answer => (answer.First.ClientId, answer.First.Key, For(answer)))
                .ToList();
            applied.ShouldBe(applied.Distinct());
            decisions.OfType<Applied>().ShouldAllBe(decision => decision.Amount > 0);
        }, iter: Tries);

    [Fact]
    public void A_request_that_was_applied_is_a_duplicate_ever_after() =>
        Any.Sample(given =>
        {
            var ledger = given.Books.Open();
            var policy = given.Policy;
            foreach (var request in given.Requests.Where(one => ledger.Answer(one, policy) is Applied))
            {
                var stored = ledger.Stored(request);
                ledger.Answer(request, policy).ShouldBeOfType<Duplicate>().Reversal.ShouldBe(stored);
            }
        }, iter: Tries);

    [Fact]
    public void What_is_not_applied_changes_nothing_and_uses_up_no_key() =>
        Any.Sample(given =>
        {
            var ledger = given.Books.Open();
            foreach (var request in given.Requests)
            {
                var before = given.Books.Read(ledger);
                var stored = ledger.Stored(request);
                if (ledger.Answer(request, given.Policy) is not Applied)
                {
                    given.Books.Read(ledger).Same(before).ShouldBeTrue();
                    ledger.Stored(request).ShouldBe(stored);
                }
            }
        }, iter: Tries);

    [Fact]
    public void A_bills_version_increases_by_one_with_each_change_and_only_then() =>
        Any.Sample(given =>
        {
            var (after, decisions) = given.Books.Run(given.Requests, given.Policy);
            foreach (var (before, bill) in given.Books.Bills.Zip(after.Bills))
            {
                var versions = decisions.OfType<Applied>()
                    .Select(applied => applied.Bill)
                    .Where(changed => changed.Id == bill.Id)
                    .Select(changed => changed.Version)
                    .ToList();
                var steps = Enumerable.Range(1, versions.Count);
                versions.ShouldBe(steps.Select(step => before.Version + step));
                bill.Version.ShouldBe(before.Version + versions.Count);
            }
        }, iter: Tries);

    [Fact]
    public void The_same_input_gives_the_same_decision() =>
        Any.Sample(given =>
        {
            var ledger = given.Books.Open();
            foreach (var request in given.Requests)
            {
                var first = ReversalPolicy.Decide(request, ledger, given.Policy, Some.Now);
                ReversalPolicy.Decide(request, ledger, given.Policy, Some.Now).ShouldBe(first);
                ledger.Answer(request, given.Policy).ShouldBe(first);
            }
        }, iter: Tries);

    [Fact]
    public void The_random_requests_meet_every_answer_of_the_policy()
    {
        HashSet<string> met = new(StringComparer.Ordinal);
        Any.Sample(
            given =>
            {
                var (_, decisions) = given.Books.Run(given.Requests, given.Policy);
                met.UnionWith(decisions.Select(Name));
            },
            iter: Tries,
            threads: 1);

        var policy = Reason.All.SkipWhile(reason => reason != Reason.IdempotencyConflict).SkipLast(1);
        Reason[] expected = [Reason.Reversed, Reason.PartiallyReversed, Reason.AmountInvalid, .. policy];
        met.ShouldBe([.. expected.Select(reason => reason.Code), nameof(Duplicate)], ignoreOrder: true);
    }

    /// <summary>The payment that a derived key holds for.</summary>
    static long? For((ReversalRequest Request, ReversalDecision Decision) answer) =>
        answer.Request.KeyOrigin == KeyOrigin.Derived ? ((Applied)answer.Decision).Payment.Id : null;

    static string Name(ReversalDecision decision) => decision switch
    {
        Applied applied => applied.Reason.Code,
        Rejected rejected => rejected.Rejection.Reason.Code,
        _ => nameof(Duplicate),
    };
}
