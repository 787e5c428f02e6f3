namespace Reversals.Tests.Unit;

/// <summary>The state a bill is in after a reversal, and the window in which one is allowed.</summary>
public sealed class PolicyStateTests
{
    /// <summary>Each row: a bill of 100 000 with so much paid, from which 40 000 is taken.</summary>
    [Theory]
    [InlineData(BillType.Close, BillStatus.Paid, 40_000, 1, "active", BillStatus.Active)]
    [InlineData(BillType.Close, BillStatus.Paid, 140_000, 1, "active", BillStatus.Paid)]
    [InlineData(BillType.Close, BillStatus.Paid, 140_000, -1, "reversal", BillStatus.Paid)]
    [InlineData(BillType.Close, BillStatus.Paid, 139_999, 1, "active", BillStatus.Active)]
    [InlineData(BillType.Close, BillStatus.Paid, 139_999, -1, "active", BillStatus.Expired)]
    [InlineData(BillType.Close, BillStatus.Paid, 40_000, -1, "active", BillStatus.Expired)]
    [InlineData(BillType.Close, BillStatus.Paid, 40_000, -1, "reversal", BillStatus.Expired)]
    [InlineData(BillType.Close, BillStatus.Paid, 40_000, 0, "active", BillStatus.Active)]
    [InlineData(BillType.Close, BillStatus.Paid, 40_000, 1, "reversal", BillStatus.Reversal)]
    [InlineData(BillType.Close, BillStatus.Paid, 40_001, 1, "reversal", BillStatus.Active)]
    [InlineData(BillType.Close, BillStatus.Expired, 40_000, 1, "active", BillStatus.Active)]
    [InlineData(BillType.Close, BillStatus.Void, 140_000, 1, "active", BillStatus.Void)]
    [InlineData(BillType.Close, BillStatus.Void, 40_000, -1, "reversal", BillStatus.Void)]
    [InlineData(BillType.Partial, BillStatus.Paid, 100_000, 1, "active", BillStatus.Active)]
    [InlineData(BillType.Partial, BillStatus.Paid, 140_000, 1, "active", BillStatus.Paid)]
    [InlineData(BillType.Partial, BillStatus.Active, 60_000, 1, "reversal", BillStatus.Active)]
    [InlineData(BillType.Partial, BillStatus.Active, 40_000, 1, "reversal", BillStatus.Reversal)]
    [InlineData(BillType.Partial, BillStatus.Active, 60_000, -1, "active", BillStatus.Expired)]
    [InlineData(BillType.Partial, BillStatus.Void, 60_000, 1, "active", BillStatus.Void)]
    [InlineData(BillType.Open, BillStatus.Active, 60_000, 1, "active", BillStatus.Active)]
    [InlineData(BillType.Open, BillStatus.Active, 240_000, 1, "active", BillStatus.Active)]
    [InlineData(BillType.Open, BillStatus.Active, 40_000, -1, "active", BillStatus.Active)]
    [InlineData(BillType.Open, BillStatus.Active, 40_000, 1, "reversal", BillStatus.Active)]
    [InlineData(BillType.Open, BillStatus.Void, 40_000, 1, "active", BillStatus.Void)]
    public void The_state_follows_from_what_is_left(
        BillType type, BillStatus before, int paid, int daysValid, string afterReversal, BillStatus after)
    {
        var bill = Some.Bill(type: type, paid: paid).With(model => model with
        {
            Status = before,
            ValidUntil = Some.Now.AddDays(daysValid),
        });
        var policy = new ClientPolicy
        {
            StatusAfterReversal = string.Equals(afterReversal, "reversal", StringComparison.Ordinal)
                ? BillStatus.Reversal
                : BillStatus.Active,
        };

        var ledger = Some.Ledger(bill, Some.Payment(amount: 40_000));

        var applied = ledger.Answer(Some.Request(), policy).ShouldBeApplied();

        applied.Bill.Status.ShouldBe(after);
        applied.Bill.PaidAmount.ShouldBe(paid - 40_000);
    }

    [Fact]
    public void What_the_bill_asks_for_and_says_never_changes()
    {
        var bill = Some.Bill();
        var after = Some.Ledger(bill, Some.Payment()).Answer(Some.Request()).ShouldBeApplied().Bill;
        after.Model.ShouldBe(bill.Model with { PaidAmount = after.PaidAmount, Status = after.Status });
    }

    [Theory]
    [Each(BillType.Open, BillType.Partial)]
    public void Parts_are_reversed_any_number_of_times(BillType type)
    {
        var ledger = Some.Ledger(Some.Bill(type: type), Some.Payment());

        for (var part = 1; part <= 10; part++)
        {
            ledger.Answer(Some.Request(amount: 10_000) with { ReferenceId = $"request-{part}" })
                .ShouldBeApplied(part < 10 ? Reason.PartiallyReversed : Reason.Reversed);
        }

        ledger.Bill(1).PaidAmount.ShouldBe(0);
        ledger.Bill(1).Version.ShouldBe(17);
    }

    [Fact]
    public void The_rest_of_a_closed_bill_that_was_reversed_in_part_elsewhere_is_reversed_as_a_whole()
    {
        var payment = Some.Payment() with { ReversedAmount = 30_000 };
        var ledger = Some.Ledger(Some.Bill(paid: 70_000), payment);
        ledger.Answer(Some.Request(amount: 69_999)).ShouldBeRejected(Reason.PartialNotAllowed);
        ledger.Answer(Some.Request(amount: 70_000)).ShouldBeApplied().Amount.ShouldBe(70_000);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void The_window_includes_its_last_moment(int secondsLate, bool allowed)
    {
        var policy = new ClientPolicy { ReversalWindow = TimeSpan.FromHours(2) };
        var payment = Some.Payment();
        var request = Some.Request() with { SentAt = payment.PaidAt.AddHours(2).AddSeconds(secondsLate) };
        var decision = Some.Ledger(Some.Bill(), payment).Answer(request, policy);
        (decision is Applied).ShouldBe(allowed);
    }

    [Fact]
    public void The_window_looks_at_the_time_of_sending_not_of_processing()
    {
        var policy = new ClientPolicy { ReversalWindow = TimeSpan.FromHours(2) };
        var payment = Some.Payment();
        var request = Some.Request() with { SentAt = payment.PaidAt.AddHours(1) };
        var late = payment.PaidAt.AddDays(20);
        Some.Ledger(Some.Bill(), payment).Answer(request, policy, late).ShouldBeApplied();
    }

    [Fact]
    public void Without_a_window_a_payment_of_any_age_is_reversed()
    {
        var payment = Some.Payment() with { PaidAt = Some.Now.AddYears(-20) };
        Some.Ledger(Some.Bill(), payment).Answer(Some.Request()).ShouldBeApplied();
    }

    [Theory]
    [Each(-1, -300, -1_000_000_000)]
    public void A_time_of_sending_before_the_payment_is_not_believed_and_receipt_counts(int seconds)
    {
        var policy = new ClientPolicy { ReversalWindow = TimeSpan.FromHours(2) };
        var payment = Some.Payment();
        var request = Some.Request() with { SentAt = payment.PaidAt.AddSeconds(seconds) };

        Some.Ledger(Some.Bill(), payment)
            .Answer(request with { ReceivedAt = payment.PaidAt.AddHours(2) }, policy).ShouldBeApplied();
        Some.Ledger(Some.Bill(), payment)
            .Answer(request with { ReceivedAt = payment.PaidAt.AddHours(2).AddTicks(1) }, policy)
            .ShouldBeRejected(Reason.WindowExpired);
    }

    [Fact]
    public void Of_a_remembered_request_the_first_receipt_counts_not_when_it_is_decided_again()
    {
        var policy = new ClientPolicy { ReversalWindow = TimeSpan.FromHours(2) };
        var payment = Some.Payment();
        var ledger = Some.Ledger(Some.Bill(), payment);
        ledger.AddPending(1);
        var request = Some.Request() with
        {
            SentAt = payment.PaidAt.AddMinutes(-1),
            Pending = new PendingEntry
            {
                Id = 1, ReceivedAt = payment.PaidAt.AddMinutes(-1), Until = Some.Now.AddDays(1),
            },
        };

        ledger.Answer(request, policy).ShouldBeApplied();
    }

    [Theory]
    [Each(false, true)]
    public void Payments_of_the_first_and_the_last_day_there_is_are_decided(bool first)
    {
        var policy = new ClientPolicy { ReversalWindow = TimeSpan.FromHours(2) };
        var paidAt = first ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue;
        var payment = Some.Payment() with { PaidAt = paidAt };
        var onVa = Some.Request(null) with { VaNumber = Some.VaNumber };

        var byRef = Some.Ledger(Some.Bill(), payment).Answer(Some.Request(), policy);
        var byVa = Some.Ledger(Some.Bill(), payment).Answer(onVa);

        (byRef is Applied).ShouldBe(!first);
        (byVa is Applied).ShouldBe(first);
    }
}
