namespace Reversals.Operations.Queries;

/// <summary>What a reason or a cause means for the people who are asked about it.</summary>
static class ReasonDescriptions
{
    static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["REVERSED"] = "All that was left of the payment was taken back.",
        ["PARTIALLY_REVERSED"] = "A part of the payment was taken back; something is left.",
        ["BODY_TOO_LARGE"] =
            "The body is larger than 64 KiB, so it was not read; its first 4 KiB, its size and its SHA-256 "
            + "are kept. The sender has to mend it.",
        ["HEADERS_TOO_LARGE"] = "The headers are larger than 16 KiB. The sender has to mend it.",
        ["HEADER_AMBIGUOUS"] =
            "Signature, Client-Id or Pending-For came twice with different values, so that two readers could "
            + "understand two things. The sender, or a bridge on the way, has to mend it.",
        ["SIGNATURE_MISSING"] = "The message has no Signature header, so nobody knows who sent it.",
        ["SIGNATURE_INVALID"] =
            "No key configured for the client made this signature over this body: the sender has another "
            + "key, signed other bytes than it sent, or is an untrusted sender. If Clients:<id>:ApiKeys was "
            + "wrong, mend it and replay.",
        ["CLIENT_UNKNOWN"] =
            "No client of this name is configured, or it has Enabled=false. If one should be taken, add "
            + "Clients:<id>:ApiKeys, or take Enabled away, and replay.",
        ["MALFORMED_BODY"] = "The body is not one strict JSON object. The sender has to mend it.",
        ["INVALID_FIELD"] = "A field breaks its rule; the message names both. The sender has to mend it.",
        ["NO_IDENTIFIER"] = "Neither reference_id nor payment_ref is given, so nothing can be found.",
        ["AMOUNT_INVALID"] =
            "The amount is no positive number of at most 15 digits and two decimals, or it is there and "
            + "empty. The sender has to mend it, or leave the field out to reverse all that is left.",
        ["VA_MALFORMED"] = "virtual_account or prefix has not its 10, 16 or 6 digits.",
        ["IDEMPOTENCY_CONFLICT"] =
            "This reference_id was applied before with other content. What was applied stays; the new "
            + "request needs a reference_id of its own.",
        ["PAYMENT_NOT_FOUND"] =
            "The client has no payment that fits; with a virtual account alone only one that was made before "
            + "the request does. A pending request is applied when the payment appears.",
        ["AMBIGUOUS_PAYMENT"] =
            "More than one payment fits, or more than 100 have the name, and none is guessed. The sender has "
            + "to give a payment_ref, or with it virtual_account, channel and amount.",
        ["VA_MISMATCH"] = "The payment was made on another virtual account than the request says.",
        ["CHANNEL_MISMATCH"] = "The payment was made through another channel than the request says.",
        ["WINDOW_EXPIRED"] =
            "The request was sent longer after the payment than Clients:<id>:ReversalWindow allows.",
        ["ALREADY_REVERSED"] =
            "Nothing of the payment is left: it was taken back before, under another reference_id.",
        ["EXCEEDS_REMAINING"] = "The amount is more than the payment has left.",
        ["PARTIAL_NOT_ALLOWED"] = "Payments of this bill are taken back as a whole only; give no amount.",
        ["LEDGER_INCONSISTENT"] =
            "The bill says that less is paid than would be taken: its books are wrong. Nothing was changed; "
            + "see what reconcile finds.",
        ["PAUSED"] =
            "An operator paused the client. It is decided after reversal-worker resume --client, which sends "
            + "it again; what is left afterwards has no signature that holds under the keys of now.",
        ["INTERNAL_ERROR"] =
            "It fails for a reason of the worker's own or of the data. Read the error in the worker's log, "
            + "mend it, then replay.",
    };

    /// <summary>Plain words for a code; the code itself when it is none of ours.</summary>
    internal static string Of(string code) => Words.GetValueOrDefault(code, code);
}
