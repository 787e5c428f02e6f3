namespace Reversals.Processing.Storage;

/// <summary>
/// Where the key of an applied reversal came from, as <c>key_payment_id</c>. Above 0: the key was derived and
/// holds for this payment. 0: the sender gave it, or a worker of before derived it. -1: the sender gave one
/// that looks derived.
/// </summary>
static class StoredKey
{
    const long LooksDerived = -1;

    internal static KeyOrigin OriginOf(string key, long keyPaymentId) =>
        keyPaymentId > 0 ? KeyOrigin.Derived
        : keyPaymentId == 0 && IsLikeDerived(key) ? KeyOrigin.Unknown
        : KeyOrigin.Given;

    internal static long PaymentIdOf(ReversalRequest request, BillPayment payment) =>
        request.KeyOrigin == KeyOrigin.Derived ? payment.Id
        : IsLikeDerived(request.Key!) ? LooksDerived
        : 0;

    static bool IsLikeDerived(string key) =>
        key.StartsWith(ReversalRequest.DerivedKeyPrefix, StringComparison.Ordinal);
}
