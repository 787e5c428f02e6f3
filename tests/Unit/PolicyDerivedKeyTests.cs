namespace Reversals.Tests.Unit;

/// <summary>A request without a reference of its own is known by its payment_ref, and banks use a payment_ref
/// again.</summary>
public sealed class PolicyDerivedKeyTests
{
    static readonly DateTimeOffset LongAgo = Some.Now.AddDays(-40);
    static readonly BillPayment Old = Some.Payment() with { PaidAt = LongAgo };
    static readonly BillPayment New =
        Some.Payment(2) with { PaymentRef = "P1", PaidAt = Some.Now.AddHours(-1) };
    static readonly ReversalRequest Plain = Some.Request() with { ReferenceId = null };
    static readonly ReversalRequest Before = Plain with { SentAt = LongAgo.AddMinutes(1) };

    [Fact]
    public void When_the_bank_uses_a_payment_ref_again_the_new_payment_is_reversed()
    {
        var ledger = Reversed(Before, out var first);
        ledger.Add(New);
        ledger.Answer(Plain).ShouldBeApplied().Payment.Id.ShouldBe(2);
        ledger.Stored(Plain)!.EventId.ShouldNotBe(first);
    }

    [Theory]
    [Each(Some.VaNumber, Some.VaEnd)]
    public void With_the_VA_added_it_is_no_conflict_for_ever(string vaNumber)
    {
        var ledger = Reversed(Before, out _);
        ledger.Add(New);
        ledger.Answer(Plain with { VaNumber = vaNumber }).ShouldBeApplied().Payment.Id.ShouldBe(2);
    }

    [Fact]
    public void An_old_request_delivered_again_stays_a_duplicate()
    {
        var ledger = Reversed(Before, out var first);
        ledger.Add(New);
        ledger.Answer(Before).ShouldBeOfType<Duplicate>().Reversal.EventId.ShouldBe(first);
        ledger.Answer(Plain).ShouldBeApplied();
        ledger.Answer(Before).ShouldBeOfType<Duplicate>().Reversal.EventId.ShouldBe(first);
    }

    [Fact]
    public void An_old_request_stays_a_duplicate_when_only_the_new_payment_is_there()
    {
        var ledger = Some.Ledger([Some.Bill(paid: 200_000)], [New]);
        ledger.Add(Some.Client, Before.Key!, KeyOrigin.Derived, Stored(Before, Old.Id));
        ledger.Answer(Before).ShouldBeOfType<Duplicate>();
        ledger.Answer(Plain).ShouldBeApplied();
    }

    [Fact]
    public void Each_of_the_two_is_repeated_with_its_own_answer()
    {
        var ledger = Reversed(Before, out var first);
        ledger.Add(New);
        ledger.Answer(Plain).ShouldBeApplied();
        var second = ledger.Stored(Plain)!.EventId;

        for (var times = 0; times < 3; times++)
        {
            ledger.Answer(Plain).ShouldBeOfType<Duplicate>().Reversal.EventId.ShouldBe(second);
            ledger.Answer(Before).ShouldBeOfType<Duplicate>().Reversal.EventId.ShouldBe(first);
        }
    }

    [Fact]
    public void Other_content_for_the_same_payment_is_a_conflict()
    {
        var ledger = Some.Ledger(Some.Bill(type: BillType.Open), Old);
        ledger.Answer(Plain with { Amount = 40_000 }).ShouldBeApplied(Reason.PartiallyReversed);
        ledger.Answer(Plain).ShouldBeRejected(Reason.IdempotencyConflict);
        ledger.Answer(Plain with { Amount = 40_000 }).ShouldBeOfType<Duplicate>();
    }

    [Fact]
    public void A_duplicate_is_known_when_its_payment_is_there_no_longer()
    {
        var ledger = Some.Ledger([], []);
        ledger.Add(Some.Client, Plain.Key!, KeyOrigin.Derived, Stored(Plain, 404));
        ledger.Answer(Plain).ShouldBeOfType<Duplicate>();
        ledger.Answer(Plain with { Amount = 1 }).ShouldBeRejected(Reason.PaymentNotFound);
    }

    [Fact]
    public void Between_two_payments_with_something_left_nothing_is_repeated_and_nothing_guessed()
    {
        var part = Plain with { Amount = 40_000 };
        var ledger = Some.Ledger(Some.Bill(type: BillType.Open, paid: 200_000), Old);
        ledger.Answer(part).ShouldBeApplied(Reason.PartiallyReversed);
        ledger.Add(New);
        ledger.Answer(part).ShouldBeRejected(Reason.AmbiguousPayment);
        ledger.Answer(part with { SentAt = LongAgo }).ShouldBeOfType<Duplicate>();
    }

    [Theory]
    [Each(KeyOrigin.Unknown, KeyOrigin.Derived)]
    public void What_a_worker_of_before_wrote_answers_its_duplicates_and_holds_for_its_payment(
        KeyOrigin origin)
    {
        var ledger = Some.Ledger(
            Some.Bill(type: BillType.Open, paid: 160_000), Old with { ReversedAmount = 40_000 });
        var part = Plain with { Amount = 40_000, SentAt = LongAgo };
        ledger.Add(Some.Client, part.Key!, origin, Stored(part, Old.Id));

        ledger.Answer(part).ShouldBeOfType<Duplicate>();
        ledger.Answer(part with { Amount = 50_000 }).ShouldBeRejected(Reason.IdempotencyConflict);
        ledger.Add(New);
        ledger.Answer(part).ShouldBeOfType<Duplicate>();
        ledger.Answer(Plain with { Amount = 100_000, VaNumber = Some.VaNumber, Channel = Some.Channel })
            .ShouldBeRejected(Reason.AmbiguousPayment);
    }

    [Fact]
    public void A_reference_that_looks_like_a_derived_key_is_another_key()
    {
        var lookalike = Some.Request("P2") with { ReferenceId = "payment_ref:P1" };
        var ledger = Some.Ledger(
            Some.Bill(type: BillType.Open, paid: 200_000), Old, Some.Payment(2) with { PaidAt = LongAgo });

        ledger.Answer(lookalike).ShouldBeApplied().Payment.Id.ShouldBe(2);
        ledger.Answer(Plain).ShouldBeApplied().Payment.Id.ShouldBe(1);

        ledger.Answer(lookalike).ShouldBeOfType<Duplicate>();
        ledger.Answer(Plain).ShouldBeOfType<Duplicate>();
        ledger.Answer(lookalike with { Amount = 5 }).ShouldBeRejected(Reason.IdempotencyConflict);
    }

    [Fact]
    public void A_remembered_request_whose_payment_was_reversed_by_its_like_is_forgotten()
    {
        var ledger = Reversed(Before, out _);
        ledger.AddPending(1);
        var remembered = new PendingEntry { Id = 1, ReceivedAt = Some.Now, Until = Some.Now.AddDays(1) };
        ledger.Answer(Plain with { Pending = remembered }).ShouldBe(new NoEvent { EndsPending = true });
    }

    static Ledger Reversed(ReversalRequest request, out Guid eventId)
    {
        var ledger = Some.Ledger(Some.Bill(paid: 200_000), Old);
        ledger.Answer(request, now: LongAgo.AddMinutes(1)).ShouldBeApplied();
        eventId = ledger.Stored(request)!.EventId;
        return ledger;
    }

    static StoredReversal Stored(ReversalRequest request, long payment) => new()
    {
        RequestHash = request.ContentHash(),
        EventId = Guid.CreateVersion7(LongAgo),
        PaymentId = payment,
        BillId = 1,
        ReversedAt = LongAgo,
    };
}
