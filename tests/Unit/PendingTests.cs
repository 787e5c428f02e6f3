using CsCheck;

namespace Reversals.Tests.Unit;

/// <summary>A request that comes before its payment ends as if it had come after it.</summary>
public sealed class PendingTests
{
    const long Tries = 1_000;

    [Fact]
    public void A_request_without_its_payment_is_remembered_for_as_long_as_the_client_says()
    {
        var ledger = Some.Ledger([], []);
        ledger.Answer(Some.Request()).ShouldBeRejected(Reason.PaymentNotFound)
            .PendingUntil.ShouldBe(Some.Now.AddDays(1));
        ledger.Answer(Some.Request(), new ClientPolicy { PendingFor = TimeSpan.FromMinutes(5) })
            .ShouldBeRejected(Reason.PaymentNotFound).PendingUntil.ShouldBe(Some.Now.AddMinutes(5));
        ledger.Answer(Some.Request(), new ClientPolicy { PendingFor = TimeSpan.Zero })
            .ShouldBeRejected(Reason.PaymentNotFound).PendingUntil.ShouldBeNull();
    }

    [Theory]
    [InlineData(null, 300L)]
    [InlineData(0L, null)]
    [InlineData(1L, 1L)]
    [InlineData(299L, 299L)]
    [InlineData(301L, 300L)]
    public void A_request_may_wait_less_than_the_client_says_and_never_longer(long? asked, long? granted)
    {
        var request = Some.Request() with
        {
            PendingFor = asked is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var policy = new ClientPolicy { PendingFor = TimeSpan.FromSeconds(300) };
        Some.Ledger([], []).Answer(request, policy).ShouldBeRejected(Reason.PaymentNotFound).PendingUntil
            .ShouldBe(granted is { } waits ? Some.Now.AddSeconds(waits) : null);
        Some.Ledger([], []).Answer(request, policy with { PendingFor = TimeSpan.Zero })
            .ShouldBeRejected(Reason.PaymentNotFound).PendingUntil.ShouldBeNull();
    }

    [Fact]
    public void A_remembered_request_that_is_refused_in_the_end_is_refused_once()
    {
        var refused = Some.Request() with
        {
            Pending = Some.Waiting, Rejection = Rejection.For(Reason.InternalError),
        };
        Remembering([], []).Answer(refused).ShouldBeRejected(Reason.InternalError);
        Some.Ledger([], []).Answer(refused).ShouldBe(new NoEvent { EndsPending = false });
    }

    [Fact]
    public void Only_a_missing_payment_is_waited_for()
    {
        var ledger = Some.Ledger(Some.Bill(), Some.Payment());
        ledger.Answer(Some.Request(amount: 1)).ShouldBeRejected(Reason.PartialNotAllowed)
            .PendingUntil.ShouldBeNull();
    }

    [Fact]
    public void While_the_payment_is_missing_a_remembered_request_is_not_answered_again()
    {
        var ledger = Remembering([], []);
        ledger.Answer(Some.Request() with { Pending = Some.Waiting })
            .ShouldBe(new NoEvent { EndsPending = false });
    }

    [Fact]
    public void When_its_time_is_up_the_last_word_is_a_rejection()
    {
        var ledger = Remembering([], []);
        var rejected = ledger.Answer(Some.Request() with { Pending = Some.Waiting }, now: Some.Waiting.Until)
            .ShouldBeRejected(Reason.PaymentNotFound);
        rejected.PendingUntil.ShouldBeNull();
        EventFactory.For(rejected, Some.Request(), Guid.CreateVersion7(Some.Now), Some.Now)
            .PendingUntil.ShouldBeNull();
    }

    [Fact]
    public void When_the_payment_is_there_a_remembered_request_is_applied()
    {
        var ledger = Remembering([Some.Bill()], [Some.Payment()]);
        ledger.Answer(Some.Request() with { Pending = Some.Waiting }).ShouldBeApplied();
    }

    [Fact]
    public void One_that_was_applied_meanwhile_is_forgotten_without_another_answer()
    {
        var ledger = Remembering([Some.Bill()], [Some.Payment()]);
        ledger.Answer(Some.Request()).ShouldBeApplied();
        ledger.Answer(Some.Request() with { Pending = Some.Waiting })
            .ShouldBe(new NoEvent { EndsPending = true });
    }

    [Fact]
    public void One_that_another_worker_answered_is_left_alone()
    {
        var ledger = Some.Ledger(Some.Bill(), Some.Payment());
        ledger.Answer(Some.Request() with { Pending = Some.Waiting })
            .ShouldBe(new NoEvent { EndsPending = false });
    }

    [Fact]
    public void One_whose_reference_was_used_by_another_request_is_a_conflict()
    {
        var ledger = Remembering([Some.Bill(type: BillType.Open)], [Some.Payment()]);
        ledger.Answer(Some.Request(amount: 1)).ShouldBeApplied(Reason.PartiallyReversed);
        ledger.Answer(Some.Request(amount: 2) with { Pending = Some.Waiting })
            .ShouldBeRejected(Reason.IdempotencyConflict);
    }

    /// <summary>Payments appear at any time between the requests. However they interleave, each request ends
    /// with the same decision, and the books are the same.</summary>
    [Fact]
    public void Whether_payments_or_requests_come_first_makes_no_difference() =>
        Gen.Select(Books.Any, Books.Request.Array[1, 12], Gen.Int[0, 12].Array[16], Books.Policy).Sample((any, wanted, places, policy) =>
        {
            // Each payment has a reference of its own, and each request names one of them.
            var books = any with
            {
                Payments = [.. any.Payments.Select(one => one with { PaymentRef = $"P{one.Id}" })],
            };
            ReversalRequest[] requests =
            [
                .. wanted.Select((one, place) => one with
                {
                    PaymentRef = $"P{(places[place] % Math.Max(1, books.Payments.Count)) + 1}",
                    ReferenceId = $"request-{place}",
                }),
            ];
            var (after, expected) = books.Run(requests, policy);

            var (overtaken, decisions) = Interleave(books, requests, places, policy);

            after.Same(overtaken).ShouldBeTrue();
            decisions.Select(Kind).ShouldBe(expected.Select(Kind));
        }, iter: Tries);

    /// <summary>Payments appear after as many requests as their place says.</summary>
    static (Books After, ReversalDecision[] Last) Interleave(
        Books books, ReversalRequest[] requests, int[] places, ClientPolicy policy)
    {
        var ledger = Some.Ledger(books.Bills, []);
        var last = new ReversalDecision[requests.Length];
        var waiting = new List<int>();
        for (var step = 0; step <= requests.Length || step <= places.Max(); step++)
        {
            foreach (var payment in books.Payments.Where((_, place) => places[place % places.Length] == step))
            {
                ledger.Add(payment);
                foreach (var place in waiting.ToArray())
                {
                    ledger.AddPending(place);
                    var again = requests[place] with { Pending = Some.Waiting with { Id = place } };
                    if (ledger.Answer(again, policy) is not NoEvent and var decision)
                    {
                        last[place] = decision;
                        waiting.Remove(place);
                    }
                }
            }

            if (step < requests.Length)
            {
                last[step] = ledger.Answer(requests[step], policy);
                if (last[step] is Rejected { PendingUntil: not null })
                {
                    waiting.Add(step);
                }
            }
        }

        return (books.Read(ledger), last);
    }

    static string Kind(ReversalDecision decision) => decision switch
    {
        Rejected rejected => rejected.Rejection.Reason.Code,
        _ => decision.GetType().Name,
    };

    static Ledger Remembering(IEnumerable<Bill> bills, IEnumerable<BillPayment> payments)
    {
        var ledger = Some.Ledger(bills, payments);
        ledger.AddPending(Some.Waiting.Id);
        return ledger;
    }
}
