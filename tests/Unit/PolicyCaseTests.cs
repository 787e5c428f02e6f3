namespace Reversals.Tests.Unit;

/// <summary>The cases every implementation must pass, by their numbers; each bill asks 100 000.</summary>
public sealed class PolicyCaseTests
{
    static readonly ReversalRequest OtherRequest = Some.Request() with { ReferenceId = "request-2" };

    [Fact]
    public void Case_01_a_closed_bill_is_active_again_with_nothing_paid()
    {
        var applied = Some.Ledger(Some.Bill(), Some.Payment()).Answer(Some.Request()).ShouldBeApplied();

        applied.Amount.ShouldBe(100_000);
        applied.Payment.Remaining.ShouldBe(0);
        applied.Bill.ShouldBe(
            Some.Bill().With(model => model with
            {
                Status = BillStatus.Active,
                PaidAmount = 0,
                Components = applied.Bill.Model.Components,
            }) with
            {
                Version = 8,
            });
    }

    [Fact]
    public void Case_02_a_part_of_a_closed_bill_is_not_reversed()
    {
        var ledger = Some.Ledger(Some.Bill(), Some.Payment());
        ledger.Answer(Some.Request(amount: 99_999)).ShouldBeRejected(Reason.PartialNotAllowed);
        ShouldBeUntouched(ledger);
    }

    [Fact]
    public void Cases_03_and_04_one_of_two_payments_is_reversed_once()
    {
        var ledger = Some.Ledger(
            Some.Bill(type: BillType.Partial),
            Some.Payment(amount: 40_000), Some.Payment(id: 2, amount: 60_000));

        var bill = ledger.Answer(Some.Request()).ShouldBeApplied().Bill;
        bill.Status.ShouldBe(BillStatus.Active);
        bill.PaidAmount.ShouldBe(60_000);

        var again = ledger.Answer(OtherRequest).ShouldBeRejected(Reason.AlreadyReversed);
        again.Bill.ShouldBe(bill);
        ledger.Bill(1).ShouldBe(bill);
    }

    [Fact]
    public void Case_05_a_part_and_then_the_rest_are_two_reversals()
    {
        var bill = Some.Bill(type: BillType.Partial, paid: 60_000);
        var ledger = Some.Ledger(bill, Some.Payment(amount: 60_000));

        var part = ledger.Answer(Some.Request(amount: 20_000)).ShouldBeApplied(Reason.PartiallyReversed);
        part.Bill.PaidAmount.ShouldBe(40_000);
        part.Payment.Remaining.ShouldBe(40_000);

        var rest = ledger.Answer(OtherRequest).ShouldBeApplied();
        rest.Amount.ShouldBe(40_000);
        rest.Bill.PaidAmount.ShouldBe(0);
        rest.Bill.Version.ShouldBe(part.Bill.Version + 1);
    }

    [Fact]
    public void Case_06_only_the_named_payment_of_an_open_bill_is_reversed()
    {
        var first = Some.Payment(amount: 10_000);
        var ledger = Some.Ledger(
            Some.Bill(type: BillType.Open, paid: 20_000), first, Some.Payment(id: 2, amount: 10_000));

        var applied = ledger.Answer(Some.Request(paymentRef: "P2")).ShouldBeApplied();

        applied.Bill.Status.ShouldBe(BillStatus.Active);
        applied.Bill.PaidAmount.ShouldBe(10_000);
        ledger.Payment(first).ShouldBe(first);
    }

    [Fact]
    public void Case_07_two_payments_that_fit_a_VA_are_ambiguous()
    {
        var ledger = Some.Ledger(
            Some.Bill(type: BillType.Open, paid: 20_000),
            Some.Payment(amount: 10_000), Some.Payment(id: 2, amount: 10_000));
        ledger.Answer(Some.Request(paymentRef: null, amount: 10_000) with { VaNumber = Some.VaNumber })
            .ShouldBeRejected(Reason.AmbiguousPayment);
        ShouldBeUntouched(ledger);
    }

    [Fact]
    public void Case_08_a_bill_past_its_time_is_expired()
    {
        var bill = Some.Bill().With(model => model with { ValidUntil = Some.Now.AddDays(-1) });
        var applied = Some.Ledger(bill, Some.Payment()).Answer(Some.Request()).ShouldBeApplied();
        applied.Bill.Status.ShouldBe(BillStatus.Expired);
        applied.Bill.PaidAmount.ShouldBe(0);
    }

    [Fact]
    public void Case_09_a_void_bill_stays_void()
    {
        var bill = Some.Bill().With(model => model with { Status = BillStatus.Void });
        var applied = Some.Ledger(bill, Some.Payment()).Answer(Some.Request()).ShouldBeApplied();
        applied.Bill.Status.ShouldBe(BillStatus.Void);
        applied.Bill.PaidAmount.ShouldBe(0);
    }

    [Fact]
    public void Case_10_a_bill_paid_twice_stays_paid()
    {
        var ledger = Some.Ledger(Some.Bill(paid: 200_000), Some.Payment(), Some.Payment(id: 2));
        var applied = ledger.Answer(Some.Request()).ShouldBeApplied();
        applied.Bill.Status.ShouldBe(BillStatus.Paid);
        applied.Bill.PaidAmount.ShouldBe(100_000);
    }

    [Fact]
    public void Case_11_the_bill_that_was_paid_changes_not_the_one_the_VA_was_issued_to_since()
    {
        var issuedSince = Some.Bill(id: 2, paid: 0);
        var ledger = Some.Ledger([Some.Bill(), issuedSince], [Some.Payment()]);
        var applied = ledger.Answer(Some.Request() with { VaNumber = Some.VaNumber }).ShouldBeApplied();
        applied.Bill.Id.ShouldBe(1);
        ledger.Bill(2).ShouldBe(issuedSince);
        ledger.ChangedBills.ShouldBe([applied.Bill]);
    }

    [Fact]
    public void Case_12_twenty_deliveries_have_one_effect_and_nineteen_duplicates()
    {
        var ledger = Some.Ledger(Some.Bill(), Some.Payment());
        var decisions = Enumerable.Range(0, 20).Select(_ => ledger.Answer(Some.Request())).ToList();
        decisions.OfType<Applied>().Count().ShouldBe(1);
        decisions.OfType<Duplicate>().Select(duplicate => duplicate.Reversal).Distinct().Count().ShouldBe(1);
        decisions.OfType<Duplicate>().Count().ShouldBe(19);
        ledger.Bill(1).PaidAmount.ShouldBe(0);
    }

    [Fact]
    public void Case_12_of_two_references_for_one_payment_the_second_comes_too_late()
    {
        var ledger = Some.Ledger(Some.Bill(), Some.Payment());
        ledger.Answer(Some.Request()).ShouldBeApplied();
        ledger.Answer(OtherRequest).ShouldBeRejected(Reason.AlreadyReversed);
    }

    [Fact]
    public void Case_13_of_two_parts_that_exceed_the_payment_one_is_applied()
    {
        var ledger = Some.Ledger(Some.Bill(type: BillType.Partial), Some.Payment());
        ledger.Answer(Some.Request(amount: 60_000)).ShouldBeApplied(Reason.PartiallyReversed);
        ledger.Answer(OtherRequest with { Amount = 60_000 }).ShouldBeRejected(Reason.ExceedsRemaining);
        ledger.Bill(1).PaidAmount.ShouldBe(40_000);
    }

    static void ShouldBeUntouched(Ledger ledger)
    {
        ledger.ChangedBills.ShouldBeEmpty();
        ledger.ChangedPayments.ShouldBeEmpty();
    }
}
