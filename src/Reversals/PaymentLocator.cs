
namespace Reversals;

/// <summary>The payments a request may mean.</summary>
/// <param name="Payments">Exactly one when it is clear.</param>
/// <param name="TooMany">There are more than anybody looks at; none is listed.</param>
readonly record struct Located(IReadOnlyList<BillPayment> Payments, bool TooMany = false)
{
    /// <summary>The one that is meant; null: none, or it is not clear.</summary>
    internal BillPayment? Payment => Payments.Count == 1 ? Payments[0] : null;
}

/// <summary>
/// Find by one, verify by all: the first identifier that applies finds, the others must agree.
/// </summary>
static class PaymentLocator
{
    internal static Located Locate(ReversalRequest request, Ledger ledger, ClientPolicy policy)
    {
        if (ledger.HasTooManyHits(request, onVa: false))
        {
            return new Located([], TooMany: true);
        }

        if (request.PaymentRef is { } paymentRef)
        {
            return Narrow(ledger.ByPaymentRef(request.ClientId, paymentRef), request, policy);
        }

        if (request.ReferenceId is { } referenceId
            && ledger.ByReferenceId(request.ClientId, referenceId) is { Count: > 0 } own)
        {
            return Narrow(own, request, policy);
        }

        if (ledger.HasTooManyHits(request, onVa: true))
        {
            return new Located([], TooMany: true);
        }

        BillPayment[] onVa = request.VaNumber is { } vaNumber
            ? [.. ledger.ByVaEnd(request.ClientId, vaNumber).Where(one => FitsOnVa(request, one, policy))]
            : [];
        return Narrow(onVa, request, policy);
    }

    /// <summary>Whether the payment was made on the VA the request names, as far as it names one.</summary>
    internal static bool SameVa(ReversalRequest request, BillPayment payment) =>
        (request.VaNumber is null || payment.VaNumber.EndsWith(request.VaNumber, StringComparison.Ordinal))
        && (request.Prefix is null || payment.VaNumber.StartsWith(request.Prefix, StringComparison.Ordinal));

    /// <summary>A payment whose channel nobody recorded cannot contradict the request.</summary>
    internal static bool SameChannel(ReversalRequest request, BillPayment payment) =>
        request.Channel is null || payment.Channel is null
        || string.Equals(request.Channel, payment.Channel, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the payment was made only after the request was sent.</summary>
    internal static bool PaidAfter(ReversalRequest request, BillPayment payment, ClientPolicy policy) =>
        payment.PaidAt - request.SentAt > policy.ClockTolerance;

    /// <summary>
    /// A VA alone does not say which payment is meant. So a given amount must be exactly what is left: a
    /// request for a payment that is still to come must not be read as a part of an older payment. A payment
    /// that was made later is not meant: a reversal can overtake the record of a payment, not the payment.
    /// </summary>
    static bool FitsOnVa(ReversalRequest request, BillPayment payment, ClientPolicy policy) =>
        SameVa(request, payment) && payment.Remaining > 0 && !PaidAfter(request, payment, policy)
        && (request.Amount is null || request.Amount == payment.Remaining);

    /// <summary>
    /// First by what the request says about the payment, then by when the request was sent, and last by
    /// whether anything is left: one reversed payment must not point to another. A step that would leave no
    /// payment is skipped.
    /// </summary>
    static Located Narrow(IReadOnlyList<BillPayment> found, ReversalRequest request, ClientPolicy policy)
    {
        if (found.Count > Ledger.MostHits)
        {
            return new Located([], TooMany: true);
        }

        found = Keep(found, payment => SameVa(request, payment));
        found = Keep(found, payment => SameChannel(request, payment));
        found = Keep(found, payment => request.Amount is null || request.Amount == payment.Amount);
        found = Keep(found, payment => !PaidAfter(request, payment, policy));
        return new Located(Keep(found, payment => payment.Remaining > 0));
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
