namespace Reversals.Tests.Unit;

/// <summary>Find by one, verify by all.</summary>
public sealed class PolicyLocatingTests
{
    static readonly BillPayment Small = Some.Payment(id: 1, amount: 10_000);
    static readonly BillPayment Large = Some.Payment(id: 2, amount: 50_000);

    [Fact]
    public void Level_1_the_payment_ref_finds_even_when_the_reference_is_another_payments_own() =>
        Reverse(Some.Request("P1") with { ReferenceId = "own-2" }, Small, Large).Payment.Id.ShouldBe(1);

    [Fact]
    public void Level_1_does_not_fall_through_when_the_payment_ref_is_unknown()
    {
        var request = Some.Request("P404") with { ReferenceId = "own-2", VaNumber = Some.VaNumber };
        OpenBill(Small, Large).Answer(request).ShouldBeRejected(Reason.PaymentNotFound);
    }

    [Fact]
    public void Level_2_the_payments_own_reference_finds() =>
        Reverse(Some.Request(null) with { ReferenceId = "own-2" }, Small, Large).Payment.Id.ShouldBe(2);

    [Fact]
    public void Level_2_does_not_fall_through_when_the_found_payment_disagrees()
    {
        var elsewhere = Large with { VaNumber = Some.OtherVaNumber };
        var request = Some.Request(null) with { ReferenceId = "own-2", VaNumber = Some.VaNumber };
        OpenBill(Small, elsewhere).Answer(request).ShouldBeRejected(Reason.VaMismatch);
    }

    [Fact]
    public void Level_2_allows_a_part()
    {
        var request = Some.Request(null, amount: 20_000) with { ReferenceId = "own-2" };
        OpenBill(Small, Large).Answer(request)
            .ShouldBeApplied(Reason.PartiallyReversed).Payment.Id.ShouldBe(2);
    }

    [Fact]
    public void Level_3_a_VA_finds_its_only_payment_with_something_left()
    {
        var gone = Small with { ReversedAmount = 10_000 };
        Reverse(ByVa(), gone, Large).Payment.Id.ShouldBe(2);
    }

    [Theory]
    [InlineData(10_000, 1)]
    [InlineData(50_000, 2)]
    public void Level_3_is_narrowed_by_amount(int amount, long payment) =>
        Reverse(ByVa(amount), Small, Large).Payment.Id.ShouldBe(payment);

    [Theory]
    [Each(9_999, 20_000, 60_000)]
    public void Level_3_an_amount_that_is_no_payments_remainder_finds_nothing(int amount) =>
        OpenBill(Small, Large).Answer(ByVa(amount)).ShouldBeRejected(Reason.PaymentNotFound);

    [Fact]
    public void Level_3_compares_the_amount_with_what_is_left_not_with_what_was_paid()
    {
        var inPart = Large with { ReversedAmount = 20_000 };
        OpenBill(inPart).Answer(ByVa(50_000)).ShouldBeRejected(Reason.PaymentNotFound);
        OpenBill(inPart).Answer(ByVa(30_000)).ShouldBeApplied().Amount.ShouldBe(30_000);
    }

    [Fact]
    public void Level_3_finds_nothing_when_all_is_reversed()
    {
        var gone = Small with { ReversedAmount = 10_000 };
        OpenBill(gone).Answer(ByVa()).ShouldBeRejected(Reason.PaymentNotFound);
    }

    [Fact]
    public void Level_3_looks_over_all_bills_that_share_a_VA()
    {
        var ledger = Some.Ledger(
            [Some.Bill(), Some.Bill(id: 2)], [Some.Payment(), Some.Payment(id: 2, bill: 2)]);
        ledger.Answer(ByVa()).ShouldBeRejected(Reason.AmbiguousPayment);
    }

    [Fact]
    public void Without_any_identifier_that_applies_nothing_is_found()
    {
        OpenBill(Small).Answer(Some.Request(null)).ShouldBeRejected(Reason.PaymentNotFound);
        OpenBill(Small).Answer(Some.Request(null, amount: 10_000)).ShouldBeRejected(Reason.PaymentNotFound);
        OpenBill(Small).Answer(Some.Request(null) with { Prefix = Some.Prefix, Channel = Some.Channel })
            .ShouldBeRejected(Reason.PaymentNotFound);
    }

    [Fact]
    public void Several_hits_are_narrowed_by_VA_before_all_else()
    {
        var onTheVa = Small with { ReversedAmount = 10_000 };
        var elsewhere = Large with { PaymentRef = "P1", VaNumber = Some.OtherVaNumber };
        OpenBill(onTheVa, elsewhere)
            .Answer(Some.Request("P1", amount: 50_000) with { VaNumber = Some.VaNumber })
            .ShouldBeRejected(Reason.AlreadyReversed).Payment.ShouldBe(onTheVa);
    }

    [Fact]
    public void Several_hits_are_narrowed_by_channel()
    {
        var other = Large with { PaymentRef = "P1", Channel = "bni" };
        Reverse(Some.Request("P1") with { Channel = "bni" }, Small, other).Payment.Id.ShouldBe(2);
    }

    [Fact]
    public void Several_hits_are_narrowed_by_the_amount_that_was_paid_before_what_is_left()
    {
        var gone = Small with { ReversedAmount = 10_000 };
        var left = Large with { PaymentRef = "P1" };
        OpenBill(gone, left).Answer(Some.Request("P1", amount: 10_000))
            .ShouldBeRejected(Reason.AlreadyReversed).Payment!.Id.ShouldBe(1);
    }

    [Fact]
    public void The_second_reference_for_one_of_two_payments_takes_nothing_from_the_other()
    {
        var ledger = OpenBill(Small, Large with { PaymentRef = "P1" });
        var request = Some.Request("P1", amount: 10_000);
        ledger.Answer(request).ShouldBeApplied().Payment.Id.ShouldBe(1);
        ledger.Answer(request with { ReferenceId = "request-2" }).ShouldBeRejected(Reason.AlreadyReversed);
    }

    [Fact]
    public void A_payment_reversed_in_part_is_still_known_by_the_amount_that_was_paid()
    {
        var inPart = Large with { PaymentRef = "P1", ReversedAmount = 20_000 };
        OpenBill(Small, inPart).Answer(Some.Request("P1", amount: 50_000))
            .ShouldBeRejected(Reason.ExceedsRemaining).Payment!.Id.ShouldBe(2);
    }

    [Fact]
    public void Several_hits_are_narrowed_by_what_is_left_at_last()
    {
        var gone = Small with { ReversedAmount = 10_000 };
        Reverse(Some.Request("P1"), gone, Large with { PaymentRef = "P1" }).Payment.Id.ShouldBe(2);
    }

    [Fact]
    public void A_payment_made_after_the_request_was_sent_is_not_meant_where_another_one_can_be()
    {
        var gone = Small with { ReversedAmount = 10_000, PaidAt = Some.Now.AddDays(-40) };
        var later = Large with { PaymentRef = "P1" };
        var request = Some.Request("P1") with { SentAt = later.PaidAt.AddHours(-1) };
        OpenBill(gone, later).Answer(request)
            .ShouldBeRejected(Reason.AlreadyReversed).Payment!.Id.ShouldBe(1);
        OpenBill(later).Answer(request).ShouldBeApplied().Payment.Id.ShouldBe(2);
    }

    [Theory]
    [InlineData(100, "ALREADY_REVERSED")]
    [InlineData(101, "AMBIGUOUS_PAYMENT")]
    public void More_than_a_hundred_payments_of_one_name_are_not_told_apart(int hits, string reason)
    {
        BillPayment[] payments =
        [
            .. Enumerable.Range(2, hits - 1).Select(id => Some.Payment(id) with { PaymentRef = "P1" }),
            Small with { ReversedAmount = 10_000 },
        ];

        var rejected = OpenBill(payments).Answer(Some.Request("P1", amount: 10_000)) as Rejected;

        rejected!.Rejection.Reason.Code.ShouldBe(reason);
    }

    [Theory]
    [Each(false, true)]
    public void What_was_found_of_too_many_is_not_taken(bool onVa)
    {
        var ledger = OpenBill(Small);
        var request = onVa ? ByVa() : Some.Request("P1");
        ledger.AddTooManyHits(request, onVa);

        var rejected = ledger.Answer(request).ShouldBeRejected(Reason.AmbiguousPayment);

        rejected.Bill.ShouldBeNull();
        rejected.PendingUntil.ShouldBeNull();
        rejected.Rejection.Message.ShouldBe(
            "more than 100 payments fit; give a payment_ref that only one of them has");
        ledger.Answer(request with { ReferenceId = "own-1" }).ShouldBeApplied();
    }

    [Theory]
    [InlineData(-3600, 0, true)]
    [InlineData(0, 0, true)]
    [InlineData(5, 0, true)]
    [InlineData(6, 0, false)]
    [InlineData(3600, 0, false)]
    [InlineData(6, 100_000, false)]
    [InlineData(5, 100_000, true)]
    public void Level_3_means_no_payment_that_was_made_after_the_request(int seconds, int amount, bool meant)
    {
        var payment = Some.Payment() with { PaidAt = Some.Now.AddSeconds(seconds) };
        var decision = OpenBill(payment).Answer(ByVa(amount == 0 ? null : amount));
        (decision is Applied).ShouldBe(meant);
        (decision as Rejected)?.Rejection.Reason.ShouldBe(Reason.PaymentNotFound);
    }

    [Fact]
    public void Level_3_takes_the_time_of_sending_and_the_clients_own_tolerance()
    {
        var payment = Some.Payment();
        var hourBefore = ByVa() with { SentAt = payment.PaidAt.AddHours(-1) };
        OpenBill(payment).Answer(hourBefore).ShouldBeRejected(Reason.PaymentNotFound);
        OpenBill(payment).Answer(hourBefore, new ClientPolicy { ClockTolerance = TimeSpan.FromHours(1) })
            .ShouldBeApplied();
    }

    [Theory]
    [Each(null, 7_000)]
    public void What_narrowing_cannot_decide_is_ambiguous(int? amount) =>
        OpenBill(Small, Large with { PaymentRef = "P1" }).Answer(Some.Request("P1", amount))
            .ShouldBeRejected(Reason.AmbiguousPayment).Rejection.Message.ShouldBe(
                "more than one payment has this payment_ref; give its virtual_account, channel and amount");

    [Theory]
    [InlineData(Some.VaNumber, null, null)]
    [InlineData(Some.VaEnd, null, null)]
    [InlineData(null, Some.Prefix, null)]
    [InlineData("9999991234567890", null, "VA_MISMATCH")]
    [InlineData("0000000001", null, "VA_MISMATCH")]
    [InlineData(null, "999999", "VA_MISMATCH")]
    public void Whatever_is_said_of_the_VA_must_agree(string? vaNumber, string? prefix, string? reason)
    {
        var decision = OpenBill(Small).Answer(Some.Request() with { VaNumber = vaNumber, Prefix = prefix });
        (decision as Rejected)?.Rejection.Reason.Code.ShouldBe(reason);
        (decision is Applied).ShouldBe(reason is null);
    }

    [Theory]
    [InlineData("bca", "bca", true)]
    [InlineData("bca", "BCA", true)]
    [InlineData("bca", "bni", false)]
    [InlineData("bca", null, true)]
    [InlineData(null, "bca", true)]
    public void The_channel_must_agree_as_far_as_both_know_it(string? asked, string? paid, bool agrees)
    {
        var ledger = OpenBill(Small with { Channel = paid });
        var decision = ledger.Answer(Some.Request() with { Channel = asked });
        (decision is Applied).ShouldBe(agrees);
    }

    [Fact]
    public void Another_clients_payment_is_not_found_at_any_level()
    {
        ReversalRequest[] requests =
            [Some.Request("P1"), Some.Request(null) with { ReferenceId = "own-1" }, ByVa(), ByVa(10_000)];

        foreach (var request in requests)
        {
            var rejected = OpenBill(Small).Answer(request with { ClientId = Some.OtherClient })
                .ShouldBeRejected(Reason.PaymentNotFound);
            rejected.Bill.ShouldBeNull();
            rejected.Payment.ShouldBeNull();
        }
    }

    [Fact]
    public void A_payment_that_hangs_on_another_clients_bill_is_not_found()
    {
        var ledger = Some.Ledger(Some.Bill() with { ClientId = Some.OtherClient }, Some.Payment());
        ReversalPolicy.Decide(Some.Request("P1"), ledger, Some.Policy, Some.Now)
            .ShouldBeOfType<Rejected>().Rejection.Reason.ShouldBe(Reason.PaymentNotFound);
    }

    static ReversalRequest ByVa(decimal? amount = null) =>
        Some.Request(null, amount) with { VaNumber = Some.VaNumber };

    static Ledger OpenBill(params BillPayment[] payments) =>
        Some.Ledger(Some.Bill(type: BillType.Open, paid: payments.Sum(one => one.Remaining)), payments);

    static Applied Reverse(ReversalRequest request, params BillPayment[] payments) =>
        OpenBill(payments).Answer(request).ShouldBeApplied();
}
