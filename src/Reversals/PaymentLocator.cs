namespace Reversals;

/// <summary>
/// Find by one, verify by all: the first identifier that applies finds, the others must agree.
/// </summary>
static class PaymentLocator
{
    /// <summary>The payments a request may mean; exactly one when it is clear.</summary>
    internal static IReadOnlyList<BillPayment> Locate(ReversalRequest request, Ledger ledger)
    {
        if (request.PaymentRef is { } paymentRef)
        {
            return Narrow(ledger.ByPaymentRef(request.ClientId, paymentRef), request);
        }

        if (request.ReferenceId is { } referenceId
            && ledger.ByReferenceId(request.ClientId, referenceId) is { Count: > 0 } own)
        {
            return Narrow(own, request);
        }

        return request.VaNumber is { } vaNumber
            ? [.. ledger.ByVaEnd(request.ClientId, vaNumber).Where(payment => FitsOnVa(request, payment))]
            : [];
    }

    /// <summary>Whether the payment was made on the VA the request names, as far as it names one.</summary>
    internal static bool SameVa(ReversalRequest request, BillPayment payment) =>
        (request.VaNumber is null || payment.VaNumber.EndsWith(request.VaNumber, StringComparison.Ordinal))
        && (request.Prefix is null || payment.VaNumber.StartsWith(request.Prefix, StringComparison.Ordinal));

    /// <summary>
    /// A VA alone says nothing of which payment is meant, so a given amount must be exactly what is left: a
    /// request for a payment that is still to come must not be read as a part of an older one.
    /// </summary>
    static bool FitsOnVa(ReversalRequest request, BillPayment payment) =>
        SameVa(request, payment) && payment.Remaining > 0
        && (request.Amount is null || request.Amount == payment.Remaining);

    /// <summary>
    /// By VA, then by something left, then by amount; a step that would leave nothing is not taken.
    /// </summary>
    static IReadOnlyList<BillPayment> Narrow(IReadOnlyList<BillPayment> found, ReversalRequest request)
    {
        found = Keep(found, payment => SameVa(request, payment));
        found = Keep(found, payment => payment.Remaining > 0);
        return Keep(found, payment => request.Amount is null || request.Amount == payment.Remaining);
    }

    static IReadOnlyList<BillPayment> Keep(IReadOnlyList<BillPayment> found, Func<BillPayment, bool> rule)
    {
        if (found.Count < 2)
        {
            return found;
        }

        BillPayment[] kept = [.. found.Where(rule)];
        return kept.Length == 0 ? found : kept;
    }
}
