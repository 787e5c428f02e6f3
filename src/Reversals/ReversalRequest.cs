using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Reversals.Contracts;

namespace Reversals;

/// <summary>
/// An authenticated request with its fields trimmed and normalised: a missing, <c>null</c> or empty field and
/// the placeholder channel are all null here.
/// </summary>
public sealed record ReversalRequest
{
    /// <summary>The client whose signature was on the body.</summary>
    public required string ClientId { get; init; }

    /// <summary>
    /// When it was sent, or received when the sender does not say, or says a time that is still to come.
    /// Nothing signs it.
    /// </summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>When it was received; for a remembered one when it was taken up again.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The channel's reference of the payment: 1–64 printable ASCII characters.</summary>
    public string? PaymentRef { get; init; }

    /// <summary>The request's reference: 5–64 printable ASCII characters.</summary>
    public string? ReferenceId { get; init; }

    /// <summary>Above 0, at most two decimals; null: all that is left of the payment.</summary>
    public decimal? Amount { get; init; }

    /// <summary>16 digits; the last 10 of them when no prefix was given; null: not given.</summary>
    public string? VaNumber { get; init; }

    /// <summary>First 6 digits of the VA number, when given without a virtual account.</summary>
    public string? Prefix { get; init; }

    /// <summary>Lower-case name of the payment channel; null: not compared.</summary>
    public string? Channel { get; init; }

    /// <summary>W3C trace context of the sender, carried on to the event.</summary>
    public string? TraceParent { get; init; }

    /// <summary>AMQP correlation-id of the delivery, carried on to each of its answers; null: none.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The message that it came with; null: it is not known.</summary>
    public Delivery? Delivery { get; init; }

    /// <summary>
    /// How long this request may wait for its payment; zero: not at all; null: as long as the client says.
    /// </summary>
    public TimeSpan? PendingFor { get; init; }

    /// <summary>
    /// Set when it came before its payment, was remembered, and is now decided again; null: just received.
    /// </summary>
    public PendingEntry? Pending { get; init; }

    /// <summary>
    /// Set when the body could not be read: the request is refused without looking anything up.
    /// </summary>
    public Rejection? Rejection { get; init; }

    /// <summary>The idempotency key within the client; null: the request names nothing.</summary>
    public string? Key => ReferenceId ?? (PaymentRef is null ? null : DerivedKeyPrefix + PaymentRef);

    /// <summary>With what a key begins that was derived from a payment_ref.</summary>
    public const string DerivedKeyPrefix = "payment_ref:";

    /// <summary>Whether the sender gave the key, or it was derived.</summary>
    public KeyOrigin KeyOrigin => ReferenceId is null ? KeyOrigin.Derived : KeyOrigin.Given;

    /// <summary>
    /// The time that counts for a payment that the request names: its own if it can have been sent then, else
    /// that of its first receipt.
    /// </summary>
    public DateTimeOffset TimeFor(BillPayment payment)
    {
        ArgumentNullException.ThrowIfNull(payment);
        return SentAt >= payment.PaidAt ? SentAt : Pending?.ReceivedAt ?? ReceivedAt;
    }

    /// <summary>
    /// SHA-256 of the normalised content. Two requests of one key with the same hash are one request sent
    /// twice. No field can hold the separator: control characters are refused when the body is read.
    /// </summary>
    public byte[] ContentHash() => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n', PaymentRef, ReferenceId, Amount?.ToString("0.00", CultureInfo.InvariantCulture),
        VaNumber, Prefix, Channel)));
}

/// <summary>A request that came before its payment.</summary>
public sealed record PendingEntry
{
    /// <summary>Its row; gone once somebody answered it for good.</summary>
    public required long Id { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>From then on the payment is not waited for any longer.</summary>
    public required DateTimeOffset Until { get; init; }
}

/// <summary>A business no: never retried, changes nothing.</summary>
public sealed record Rejection
{
    /// <summary>The rule that was broken.</summary>
    public required Reason Reason { get; init; }

    /// <summary>Short English that names the field and the rule, without personal data.</summary>
    public required string Message { get; init; }

    /// <summary>Refuses with the reason's own words.</summary>
    public static Rejection For(Reason reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new Rejection { Reason = reason, Message = reason.Message };
    }
}
