using Reversals.Processing.Postgres;

namespace Reversals.Tests.Unit;

/// <summary>A row per reason in order of precedence; each breaks its rule and every later one that goes with
/// it.</summary>
public sealed class PolicyTests
{
    static readonly ClientPolicy ShortWindow = new() { ReversalWindow = TimeSpan.FromHours(1) };

    /// <summary>On another VA, through another channel, long ago, with more than is left, which is
    /// nothing.</summary>
    static readonly ReversalRequest WrongInAllWays = Some.Request(amount: 70_000) with
    {
        VaNumber = Some.OtherVaNumber,
        Channel = "bni",
    };

    static readonly Bill Unpaid = Some.Bill(paid: 0);
    static readonly BillPayment NothingLeft = Some.Payment() with { ReversedAmount = 100_000 };
    static readonly BillPayment Untouched = Some.Payment();

    /// <summary>Every reason that a request can be given once it has been authenticated and
    /// located.</summary>
    static readonly (Reason Reason, ReversalRequest Request, Ledger Ledger)[] Table =
    [
        (Reason.MalformedBody,
            WrongInAllWays with { Rejection = Rejection.For(Reason.MalformedBody) }, UsedBefore(Twins())),
        (Reason.VaMalformed,
            WrongInAllWays with { Rejection = Rejection.For(Reason.VaMalformed) }, UsedBefore(Twins())),
        (Reason.IdempotencyConflict, WrongInAllWays with { PaymentRef = "P404" }, UsedBefore(Twins())),
        (Reason.IdempotencyConflict, WrongInAllWays, UsedBefore(Twins())),
        (Reason.IdempotencyConflict, WrongInAllWays, UsedBefore(Some.Ledger(Unpaid, NothingLeft))),
        (Reason.PaymentNotFound, WrongInAllWays with { PaymentRef = "P404" }, Twins()),
        (Reason.AmbiguousPayment, WrongInAllWays, Twins()),
        (Reason.VaMismatch, WrongInAllWays, Some.Ledger(Unpaid, NothingLeft)),
        (Reason.ChannelMismatch, OnTheRightVa(WrongInAllWays), Some.Ledger(Unpaid, NothingLeft)),
        (Reason.WindowExpired,
            OnTheRightVa(WrongInAllWays) with { Channel = Some.Channel }, Some.Ledger(Unpaid, NothingLeft)),
        (Reason.AlreadyReversed, InTime(amount: 70_000), Some.Ledger(Unpaid, NothingLeft)),
        (Reason.ExceedsRemaining, InTime(amount: 100_001), Some.Ledger(Unpaid, Untouched)),
        (Reason.PartialNotAllowed, InTime(amount: 99_999), Some.Ledger(Unpaid, Untouched)),
        (Reason.LedgerInconsistent, InTime(amount: 100_000), Some.Ledger(Unpaid, Untouched)),
        (Reason.LedgerInconsistent, InTime(amount: null),
            Some.Ledger(Some.Bill(paid: 99_999.99m), Untouched)),
    ];

    public static TheoryData<int, string> Rows =>
        [.. Table.Select((row, place) => new TheoryDataRow<int, string>(place, row.Reason.Code))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_first_broken_rule_is_the_one_that_is_named(int place, string reason)
    {
        var (_, request, ledger) = Table[place];
        var decision = ReversalPolicy.Decide(request, ledger, ShortWindow, Some.Now);
        var rejected = decision.ShouldBeOfType<Rejected>();
        rejected.Rejection.Reason.Code.ShouldBe(reason);
    }

    [Fact]
    public void The_table_follows_the_documented_order()
    {
        var places = Table.Select(row => Reason.All.ToList().IndexOf(row.Reason)).ToList();
        places.ShouldBeInOrder();
    }

    [Fact]
    public void The_table_names_every_reason_the_policy_gives()
    {
        Reason[] givenElsewhere =
        [
            Reason.Reversed, Reason.PartiallyReversed, Reason.BodyTooLarge, Reason.HeadersTooLarge,
            Reason.HeaderAmbiguous, Reason.SignatureMissing, Reason.SignatureInvalid, Reason.ClientUnknown,
            Reason.InvalidField, Reason.NoIdentifier, Reason.AmountInvalid, Reason.InternalError,
        ];

        Table.Select(row => row.Reason).Distinct().ShouldBe(Reason.All.Except(givenElsewhere));
    }

    [Fact]
    public void A_refused_request_is_answered_in_the_words_of_its_refusal_and_looks_nothing_up()
    {
        var refusal = new Rejection { Reason = Reason.InvalidField, Message = "in words of its own" };
        var rejected = Some.Ledger(Some.Bill(), Untouched).Answer(Some.Request() with { Rejection = refusal })
            .ShouldBeRejected(Reason.InvalidField);
        rejected.Rejection.ShouldBe(refusal);
        rejected.Bill.ShouldBeNull();
        rejected.Payment.ShouldBeNull();
    }

    [Fact]
    public void A_rejection_shows_the_bill_and_the_payment_as_they_are()
    {
        var decision = Some.Ledger(Unpaid, NothingLeft).Answer(Some.Request());
        var rejected = decision.ShouldBeRejected(Reason.AlreadyReversed);
        rejected.Bill.ShouldBe(Unpaid);
        rejected.Payment.ShouldBe(NothingLeft);
    }

    [Fact]
    public void An_ambiguous_request_is_shown_the_bill_when_all_candidates_pay_it_and_no_payment()
    {
        var rejected = Twins().Answer(Some.Request()).ShouldBeRejected(Reason.AmbiguousPayment);
        rejected.Bill.ShouldBe(Unpaid);
        rejected.Payment.ShouldBeNull();
    }

    [Fact]
    public void An_ambiguous_request_is_shown_no_bill_when_the_candidates_pay_several()
    {
        var ledger = Some.Ledger(
            [Some.Bill(), Some.Bill(id: 2)],
            [Some.Payment(), Some.Payment(id: 2, bill: 2) with { PaymentRef = "P1" }]);
        ledger.Answer(Some.Request()).ShouldBeRejected(Reason.AmbiguousPayment).Bill.ShouldBeNull();
    }

    /// <summary>Two payments under one payment_ref that nothing tells apart.</summary>
    static Ledger Twins() => Some.Ledger(Unpaid, NothingLeft, NothingLeft with { Id = 2 });

    static Ledger UsedBefore(Ledger ledger)
    {
        ledger.Add(Some.Client, WrongInAllWays.Key!, KeyOrigin.Given, new StoredReversal
        {
            RequestHash = Some.Request(paymentRef: "P9").ContentHash(),
            EventId = Guid.CreateVersion7(Some.Now),
            PaymentId = 9,
            BillId = 1,
            ReversedAt = Some.Now,
        });
        return ledger;
    }

    static ReversalRequest OnTheRightVa(ReversalRequest request) => request with { VaNumber = Some.VaNumber };

    static ReversalRequest InTime(decimal? amount) =>
        Some.Request(amount: amount) with { SentAt = Untouched.PaidAt + ShortWindow.ReversalWindow!.Value };
}
