using CsCheck;

namespace Reversals.Tests.Unit;

/// <summary>Bills are independent of each other: whoever comes first, both end in the same state.</summary>
public sealed class OrderLawTests
{
    const long Tries = 2_000;

    [Fact]
    public void The_order_of_requests_for_independent_bills_does_not_matter() =>
        Gen.Select(Books.Any, Books.Request, Books.Request, Books.Policy).Sample((books, request, other, policy) =>
        {
            // The first client asks about its bills, the second about its own: two bills at the least.
            var mine = request with { ClientId = Some.Client };
            var theirs = other with { ClientId = Some.OtherClient };

            var (after, decisions) = books.Run([mine, theirs], policy);
            var (swapped, swappedDecisions) = books.Run([theirs, mine], policy);

            after.Same(swapped).ShouldBeTrue();
            decisions.ShouldBe(swappedDecisions.AsEnumerable().Reverse());
        }, iter: Tries);

    [Fact]
    public void The_order_of_requests_for_two_bills_of_one_client_does_not_matter() =>
        Gen.Select(Books.Any, Books.Policy, Gen.Int[1, 100_000], Gen.Int[1, 100_000]).Sample((books, policy, amount, otherAmount) =>
        {
            var one = books with
            {
                Payments =
                [
                    .. books.Payments.Select(payment => payment with { PaymentRef = $"P{payment.Id}" }),
                ],
            };
            ReversalRequest[] requests =
            [
                .. one.Payments.DistinctBy(payment => payment.BillId).Take(2).Select((payment, place) =>
                    Some.Request(payment.PaymentRef, place == 0 ? amount : otherAmount) with
                    {
                        ClientId = payment.ClientId,
                        ReferenceId = $"request-{place}",
                    }),
            ];

            var (after, decisions) = one.Run(requests, policy);
            var (swapped, swappedDecisions) = one.Run([.. requests.AsEnumerable().Reverse()], policy);

            after.Same(swapped).ShouldBeTrue();
            decisions.ShouldBe(swappedDecisions.AsEnumerable().Reverse());
        }, iter: Tries);
}
