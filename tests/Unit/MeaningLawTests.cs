using CsCheck;

namespace Reversals.Tests.Unit;

/// <summary>Which payment a request can have meant, told without the worker's own narrowing: whatever the
/// books hold, nothing else is taken, and when a payment was recorded makes no difference.</summary>
public sealed class MeaningLawTests
{
    const long Tries = 3_000;

    [Fact]
    public void A_request_never_takes_a_payment_that_it_cannot_have_meant() =>
        Gen.Select(Books.Any, Books.Requests, Books.Policy).Sample((books, requests, policy) =>
        {
            var ledger = books.Open();
            foreach (var request in requests)
            {
                var before = books.Read(ledger).Payments;
                if (ledger.Answer(request, policy) is Applied applied)
                {
                    var taken = before.Single(payment => payment.Id == applied.Payment.Id);
                    var hits = Hits(request, before).ToList();
                    hits.ShouldContain(taken);
                    Agrees(request, taken).ShouldBeTrue();
                    var rivals = hits.Where(one => one.Id != taken.Id && Agrees(request, one)).ToList();
                    rivals.ShouldNotContain(one => IsBetter(request, one, taken));
                    applied.Amount.ShouldBeLessThanOrEqualTo(taken.Remaining);
                }
            }
        }, iter: Tries);

    [Fact]
    public void A_request_applied_is_answered_the_same_ever_after_while_no_payment_is_added() =>
        Gen.Select(Books.Any, Books.Requests, Books.Policy).Sample((books, requests, policy) =>
        {
            var ledger = books.Open();
            List<(ReversalRequest Request, Guid EventId)> applied = [];
            foreach (var request in requests)
            {
                if (ledger.Answer(request, policy) is Applied)
                {
                    applied.Add((request, ledger.Stored(request)!.EventId));
                }
            }

            // Of requests without a reference of their own the last is known: only time tells which.
            foreach (var (request, eventId) in applied
                .Where(one => one.Request.KeyOrigin == KeyOrigin.Given || one == applied.Last(other =>
                    Same(other.Request.Key, one.Request.Key)
                    && Same(other.Request.ClientId, one.Request.ClientId))))
            {
                ledger.Answer(request, policy).ShouldBeOfType<Duplicate>()
                    .Reversal.EventId.ShouldBe(eventId);
            }
        }, iter: Tries);

    [Fact]
    public void A_payment_made_after_a_request_that_names_a_VA_only_changes_nothing_now_or_later() =>
        Late.Sample((books, late, request, policy) =>
        {
            var onVa = request with
            {
                PaymentRef = null, ReferenceId = "ref-6", VaNumber = late.VaNumber,
            };
            var payment = late with { PaidAt = TooLate(onVa, policy) };
            ShouldEndTheSame(books, payment, onVa, policy, isPending: true);
        }, iter: Tries);

    [Fact]
    public void A_payment_made_after_the_request_changes_nothing_where_an_older_one_is_called_the_same() =>
        Late.Sample((books, late, request, policy) =>
        {
            var named = request with
            {
                PaymentRef = "P1", VaNumber = null, Prefix = null, Channel = null, Amount = null,
            };
            if (!books.Payments.Any(one => Same(one.ClientId, request.ClientId) && one.PaymentRef is "P1"
                && one.PaidAt - request.SentAt <= policy.ClockTolerance))
            {
                return;
            }

            var payment = late with { PaymentRef = "P1", PaidAt = TooLate(request, policy) };
            ShouldEndTheSame(books, payment, named, policy, isPending: false);
        }, iter: Tries);

    [Fact]
    public void A_payment_recorded_after_its_request_ends_as_if_it_had_been_recorded_before() =>
        Late.Sample((books, late, request, policy) =>
        {
            // The name is used for the first time; everything else is random, its time too.
            var payment = late with { PaymentRef = "new", ReferenceId = "new-1" };
            ShouldEndTheSame(
                books, payment, request with { PaymentRef = "new" }, policy, isPending: true);
            var own = request with { PaymentRef = null, ReferenceId = "new-1", VaNumber = null };
            ShouldEndTheSame(books, payment, own, policy, isPending: true);
        }, iter: Tries);

    static readonly Gen<(Books, BillPayment, ReversalRequest, ClientPolicy)> Late = Gen.Select(
        Books.Any, Books.OnePayment, Books.Request, Books.Policy,
        (books, payment, request, policy) => (
            books with { Bills = [.. books.Bills, BillOf(payment, request)] },
            payment with { Id = 99, BillId = 99, ClientId = request.ClientId },
            request with { Rejection = null },
            policy));

    static DateTimeOffset TooLate(ReversalRequest request, ClientPolicy policy) =>
        request.SentAt + policy.ClockTolerance + TimeSpan.FromTicks(1);

    static Bill BillOf(BillPayment payment, ReversalRequest request) =>
        Some.Bill(id: 99, type: Contracts.BillType.Open, paid: payment.Remaining) with
        {
            ClientId = request.ClientId,
        };

    /// <summary>The request before the payment is recorded, and after.</summary>
    static void ShouldEndTheSame(
        Books books, BillPayment payment, ReversalRequest request, ClientPolicy policy, bool isPending)
    {
        var recorded = books with { Payments = [.. books.Payments, payment] };
        var (after, decisions) = recorded.Run([request], policy);

        var ledger = books.Open();
        var decision = ledger.Answer(request, policy);
        ledger.Add(payment);
        if (decision is Rejected { PendingUntil: not null })
        {
            isPending.ShouldBeTrue();
            ledger.AddPending(Some.Waiting.Id);
            decision = ledger.Answer(request with { Pending = Some.Waiting }, policy);
        }

        recorded.Read(ledger).Same(after).ShouldBeTrue();
        Kind(decision).ShouldBe(Kind(decisions[0]));
    }

    static IEnumerable<BillPayment> Hits(ReversalRequest request, IReadOnlyList<BillPayment> payments)
    {
        var own = payments.Where(one => Same(one.ClientId, request.ClientId)).ToList();
        var named = own.Where(one => request.PaymentRef is null
            ? Same(one.ReferenceId, request.ReferenceId)
            : Same(one.PaymentRef, request.PaymentRef)).ToList();
        return named.Count > 0 || request.PaymentRef is not null ? named : own.Where(one =>
            request.VaNumber is not null && !MadeAfter(request, one)
            && (request.Amount ?? one.Remaining) == one.Remaining);
    }

    static bool Agrees(ReversalRequest request, BillPayment payment) =>
        payment.VaNumber.EndsWith(request.VaNumber ?? "", StringComparison.Ordinal)
        && payment.VaNumber.StartsWith(request.Prefix ?? "", StringComparison.Ordinal)
        && Same(request.Channel ?? payment.Channel, payment.Channel ?? request.Channel);

    /// <summary>Whether the request fits one payment in all that another one fits, and in more.</summary>
    static bool IsBetter(ReversalRequest request, BillPayment one, BillPayment other)
    {
        var (amount, otherAmount) = (one.Amount == request.Amount, other.Amount == request.Amount);
        var (time, otherTime) = (!MadeAfter(request, one), !MadeAfter(request, other));
        return (amount && !otherAmount) || (amount == otherAmount && time && !otherTime);
    }

    static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.Ordinal);

    static bool MadeAfter(ReversalRequest request, BillPayment payment) =>
        payment.PaidAt - request.SentAt > TimeSpan.FromSeconds(5);

    static string Kind(ReversalDecision decision) => decision switch
    {
        Rejected rejected => rejected.Rejection.Reason.Code,
        NoEvent => Contracts.Reason.PaymentNotFound.Code,
        _ => decision.GetType().Name,
    };
}
