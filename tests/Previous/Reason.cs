using RcCode = Previous.Contracts.Rc;

namespace Previous.Contracts;

/// <summary>The switch's published result codes, verbatim; its clients branch on them.</summary>
public static class Rc
{
    /// <summary>The reversal was applied.</summary>
    public const string Success = "SUCCESS";

    /// <summary>The sender could not be authenticated. Such a request gets no event.</summary>
    public const string Authentication = "BILLER_AUTHENTICATION";

    /// <summary>The request is not one that can be carried out.</summary>
    public const string InvalidTransaction = "BILLER_INVALID_TRANSACTION";

    /// <summary>The amount is not a valid amount for this payment.</summary>
    public const string InvalidTransactionAmount = "BILLER_INVALID_TRANSACTION_AMOUNT";

    /// <summary>The virtual account number is malformed or not the payment's.</summary>
    public const string InvalidVaNumber = "BILLER_INVALID_VA_NUMBER";

    /// <summary>The client has no such payment.</summary>
    public const string PaymentNotFound = "BILLER_PAYMENT_NOT_FOUND";

    /// <summary>Nothing of the payment is left to reverse.</summary>
    public const string PaymentAlreadyReversed = "BILLER_PAYMENT_ALREADY_REVERSED";

    /// <summary>The bill's own books do not allow the amount.</summary>
    public const string BillInvalidAmount = "BILLER_BILL_INVALID_AMOUNT";

    /// <summary>The biller failed in itself. Such a request is quarantined.</summary>
    public const string GatewayInvalidResponse = "BILLER_GATEWAY_INVALID_RESPONSE";

    /// <summary>
    /// Nobody knows yet: it may have been applied. Told by the gateway only; ask again with the same
    /// reference_id.
    /// </summary>
    public const string SuspectTransaction = "BILLER_SUSPECT_TRANSACTION";
}

/// <summary>
/// Why a request ended as it did: finer than <see cref="Contracts.Rc"/>. The order of <see cref="All"/> is
/// the order of precedence: of several rules a request breaks, the first is the one that is named.
/// </summary>
public sealed class Reason
{
    /// <summary>Applied; nothing of the payment is left.</summary>
    public static readonly Reason Reversed = new("REVERSED", RcCode.Success, "success");

    /// <summary>Applied; something of the payment is left.</summary>
    public static readonly Reason PartiallyReversed = new("PARTIALLY_REVERSED", RcCode.Success, "success");

    /// <summary>The Signature header is missing. Quarantined.</summary>
    public static readonly Reason SignatureMissing =
        new("SIGNATURE_MISSING", RcCode.Authentication, "the Signature header is missing");

    /// <summary>Not the HMAC-SHA256 of the body under any key of the client. Quarantined.</summary>
    public static readonly Reason SignatureInvalid =
        new("SIGNATURE_INVALID", RcCode.Authentication, "the signature does not match the body");

    /// <summary>Client-Id names no configured client. Quarantined.</summary>
    public static readonly Reason ClientUnknown =
        new("CLIENT_UNKNOWN", RcCode.Authentication, "the client is not known");

    /// <summary>The body is larger than <see cref="Wire.MaxBodyBytes"/>. Quarantined.</summary>
    public static readonly Reason BodyTooLarge =
        new("BODY_TOO_LARGE", RcCode.InvalidTransaction, "the body is larger than 64 KiB");

    /// <summary>The headers take more than <see cref="Wire.MaxHeaderBytes"/>. Quarantined.</summary>
    public static readonly Reason HeadersTooLarge =
        new("HEADERS_TOO_LARGE", RcCode.InvalidTransaction, "the headers are larger than 16 KiB");

    /// <summary>
    /// Signature, Client-Id or Pending-For comes twice, in whatever case, with different values. Quarantined.
    /// </summary>
    public static readonly Reason HeaderAmbiguous =
        new("HEADER_AMBIGUOUS", RcCode.Authentication, "a header comes with two different values");

    /// <summary>The body is not one strict JSON object.</summary>
    public static readonly Reason MalformedBody =
        new("MALFORMED_BODY", RcCode.InvalidTransaction, "the body is not one strict JSON object");

    /// <summary>A field breaks its rule; the message names both.</summary>
    public static readonly Reason InvalidField =
        new("INVALID_FIELD", RcCode.InvalidTransaction, "a field breaks its rule");

    /// <summary>Neither reference_id nor payment_ref is given.</summary>
    public static readonly Reason NoIdentifier =
        new("NO_IDENTIFIER", RcCode.InvalidTransaction, "give reference_id or payment_ref");

    /// <summary>The amount is not a positive decimal of at most 15 digits and two places.</summary>
    public static readonly Reason AmountInvalid =
        new("AMOUNT_INVALID", RcCode.InvalidTransactionAmount,
            "amount must be above 0, with at most 15 digits and at most two decimals");

    /// <summary>virtual_account or prefix is not of its shape.</summary>
    public static readonly Reason VaMalformed =
        new("VA_MALFORMED", RcCode.InvalidVaNumber,
            "virtual_account must be 10 digits, or 16 digits beginning with prefix; prefix must be 6 digits");

    /// <summary>The reference_id was used before with other content; the stored reversal stays.</summary>
    public static readonly Reason IdempotencyConflict =
        new("IDEMPOTENCY_CONFLICT", RcCode.InvalidTransaction,
            "this reference_id was used before with other content");

    /// <summary>The client has no such payment.</summary>
    public static readonly Reason PaymentNotFound =
        new("PAYMENT_NOT_FOUND", RcCode.PaymentNotFound, "no such payment");

    /// <summary>More than one payment fits; none is guessed.</summary>
    public static readonly Reason AmbiguousPayment =
        new("AMBIGUOUS_PAYMENT", RcCode.InvalidTransaction, "more than one payment fits; give payment_ref");

    /// <summary>The payment was made on another virtual account.</summary>
    public static readonly Reason VaMismatch =
        new("VA_MISMATCH", RcCode.InvalidVaNumber, "the payment was made on another virtual account");

    /// <summary>The payment was made through another channel.</summary>
    public static readonly Reason ChannelMismatch =
        new("CHANNEL_MISMATCH", RcCode.InvalidTransaction, "the payment was made through another channel");

    /// <summary>The request came later after the payment than the client's window allows.</summary>
    public static readonly Reason WindowExpired =
        new("WINDOW_EXPIRED", RcCode.InvalidTransaction, "the payment is too old to be reversed");

    /// <summary>Nothing of the payment is left.</summary>
    public static readonly Reason AlreadyReversed =
        new("ALREADY_REVERSED", RcCode.PaymentAlreadyReversed, "the payment is already reversed");

    /// <summary>The amount is more than the payment has left.</summary>
    public static readonly Reason ExceedsRemaining =
        new("EXCEEDS_REMAINING", RcCode.InvalidTransactionAmount, "amount is more than the payment has left");

    /// <summary>This bill's payments are reversed as a whole only.</summary>
    public static readonly Reason PartialNotAllowed =
        new("PARTIAL_NOT_ALLOWED", RcCode.InvalidTransactionAmount,
            "amount must be exactly what the payment has left");

    /// <summary>The bill's paid_amount is less than what would be taken: look at the books first.</summary>
    public static readonly Reason LedgerInconsistent =
        new("LEDGER_INCONSISTENT", RcCode.BillInvalidAmount,
            "the bill's paid_amount is less than the amount to take");

    /// <summary>It fails alone for a reason of the worker's own. Quarantined, and answered.</summary>
    public static readonly Reason InternalError =
        new("INTERNAL_ERROR", RcCode.GatewayInvalidResponse, "the request could not be processed");

    /// <summary>Every reason, in order of precedence.</summary>
    public static readonly IReadOnlyList<Reason> All =
    [
        Reversed, PartiallyReversed,
        BodyTooLarge, HeadersTooLarge, HeaderAmbiguous, SignatureMissing, SignatureInvalid, ClientUnknown,
        MalformedBody, InvalidField, NoIdentifier, AmountInvalid, VaMalformed,
        IdempotencyConflict, PaymentNotFound, AmbiguousPayment, VaMismatch, ChannelMismatch, WindowExpired,
        AlreadyReversed, ExceedsRemaining, PartialNotAllowed, LedgerInconsistent, InternalError,
    ];

    /// <summary>
    /// Those for which a request is quarantined. <see cref="InternalError"/> alone is answered as well: of
    /// the others nobody knows who asked.
    /// </summary>
    public static readonly IReadOnlyList<Reason> Causes =
    [
        BodyTooLarge, HeadersTooLarge, HeaderAmbiguous, SignatureMissing, SignatureInvalid, ClientUnknown,
        InternalError,
    ];

    Reason(string code, string rc, string message)
    {
        Code = code;
        Rc = rc;
        Message = message;
    }

    /// <summary>The reason as it stands in events, in upper snake case.</summary>
    public string Code { get; }

    /// <summary>The published result code it belongs to.</summary>
    public string Rc { get; }

    /// <summary>Short, stable English without personal data; an event may say it more exactly.</summary>
    public string Message { get; }

    /// <inheritdoc/>
    public override string ToString() => Code;
}
