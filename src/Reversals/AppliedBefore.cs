
namespace Reversals;

/// <summary>Finds what was applied under a request's key.</summary>
static class AppliedBefore
{
    /// <summary>What the request repeats, or contradicts; null: its key is free.</summary>
    internal static StoredReversal? Find(
        ReversalRequest request, in Located found, Ledger ledger, ClientPolicy policy)
    {
        if (request.KeyOrigin == KeyOrigin.Given)
        {
            return ledger.Reversal(request.ClientId, request.Key!);
        }

        var applied = ledger.DerivedReversals(request.ClientId, request.Key!);
        return applied.Count == 0 ? null
            : found.Payment is { } payment ? ForPayment(request, payment, applied, policy)
            : ForNone(request, found.Payments, applied);
    }

    /// <summary>
    /// A derived key holds for the payment it located. When this payment was made only after the request was
    /// sent, it is an older request delivered again.
    /// </summary>
    static StoredReversal? ForPayment(
        ReversalRequest request, BillPayment payment, IReadOnlyList<StoredReversal> applied,
        ClientPolicy policy)
    {
        StoredReversal[] own = [.. applied.Where(one => one.PaymentId == payment.Id)];
        return Last(own.Where(one => SameContent(request, one))) ?? Last(own)
            ?? (PaymentLocator.PaidAfter(request, payment, policy)
                ? Last(applied.Where(one => SameContent(request, one)))
                : null);
    }

    /// <summary>
    /// When nothing that may be meant has anything left, the last reversal of the same content is repeated.
    /// Of those that one commit applied, the last is the one whose payment was made last: the others were
    /// applied by requests that were sent before.
    /// </summary>
    static StoredReversal? ForNone(
        ReversalRequest request, IReadOnlyList<BillPayment> found, IReadOnlyList<StoredReversal> applied)
    {
        var gone = found.Where(payment => payment.Remaining == 0)
            .ToDictionary(payment => payment.Id, payment => payment.PaidAt);
        return applied
            .Where(one => SameContent(request, one) && (found.Count == 0 || gone.ContainsKey(one.PaymentId)))
            .OrderBy(one => one.ReversedAt)
            .ThenBy(one => gone.GetValueOrDefault(one.PaymentId))
            .ThenBy(one => one.PaymentId)
            .LastOrDefault();
    }

    static StoredReversal? Last(IEnumerable<StoredReversal> applied) =>
        applied.OrderBy(one => one.ReversedAt).ThenBy(one => one.PaymentId).LastOrDefault();

    internal static bool SameContent(ReversalRequest request, StoredReversal stored) =>
        stored.RequestHash.Span.SequenceEqual(request.ContentHash());
}
