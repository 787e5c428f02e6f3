using System.Numerics;
using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile.Judging;

/// <summary>What an event says, held against what its request may have led to.</summary>
static class Answers
{
    const int LongestMessage = 200;

    static readonly Dictionary<string, string> ResultCodes = new(StringComparer.Ordinal)
    {
        ["REVERSED"] = "SUCCESS",
        ["PARTIALLY_REVERSED"] = "SUCCESS",
        ["MALFORMED_BODY"] = "BILLER_INVALID_TRANSACTION",
        ["INVALID_FIELD"] = "BILLER_INVALID_TRANSACTION",
        ["NO_IDENTIFIER"] = "BILLER_INVALID_TRANSACTION",
        ["AMOUNT_INVALID"] = "BILLER_INVALID_TRANSACTION_AMOUNT",
        ["VA_MALFORMED"] = "BILLER_INVALID_VA_NUMBER",
        ["IDEMPOTENCY_CONFLICT"] = "BILLER_INVALID_TRANSACTION",
        ["PAYMENT_NOT_FOUND"] = "BILLER_PAYMENT_NOT_FOUND",
        ["AMBIGUOUS_PAYMENT"] = "BILLER_INVALID_TRANSACTION",
        ["VA_MISMATCH"] = "BILLER_INVALID_VA_NUMBER",
        ["CHANNEL_MISMATCH"] = "BILLER_INVALID_TRANSACTION",
        ["ALREADY_REVERSED"] = "BILLER_PAYMENT_ALREADY_REVERSED",
        ["EXCEEDS_REMAINING"] = "BILLER_INVALID_TRANSACTION_AMOUNT",
        ["LEDGER_INCONSISTENT"] = "BILLER_BILL_INVALID_AMOUNT",
    };

    /// <summary>What only an exception would say.</summary>
    static readonly string[] Leaks = ["Exception", "   at ", "System.", "Npgsql", "SQLSTATE", "\\u0000"];

    internal static bool IsApplied(string end) => end is "REVERSED" or "PARTIALLY_REVERSED";

    internal static bool IsReason(string end) => ResultCodes.ContainsKey(end);

    /// <summary>How the case ended, and what is wrong with that; null: nothing.</summary>
    internal static (string End, string? Wrong) Judge(Case one)
    {
        if (one.Outcomes.Count != 1)
        {
            return one.Outcomes.Count == 0
                ? ("silence", "silence: neither an event nor a row in the quarantine")
                : ("several", $"{one.Outcomes.Count} outcomes of one message");
        }

        var outcome = one.Outcomes[0];
        if (outcome.Cause is { } cause)
        {
            return (cause, one.Allowed.Contains(cause) ? null : Unexpected(one, cause));
        }

        if (JsonReader.ReadAny(outcome.Event!) is not { Kind: JsonKind.Table } body
            || body["reason"]?.Text is not { } reason)
        {
            return ("unreadable", "an event that is no JSON with a reason");
        }

        return (reason, !one.Allowed.Contains(reason) ? Unexpected(one, reason)
            : Mistake(body, reason, outcome.Exchange!, one.Message.Client!)
                ?? (IsApplied(reason) ? Amounts(one, body) : null));
    }

    /// <summary>What was taken, by the event.</summary>
    internal static BigInteger? Taken(JsonValue body) =>
        body["amount"] is { Kind: JsonKind.Number, Text: var token } ? Money.Cents(token) : null;

    static string Unexpected(Case one, string found) =>
        $"expected {string.Join(" or ", one.Allowed.Order(StringComparer.Ordinal))}, found {found}";

    static string? Mistake(JsonValue body, string reason, string exchange, string client)
    {
        var message = body["message"]?.Text ?? "";
        var exchangeOf = IsApplied(reason) ? Wire.Reversed : Wire.Rejected;
        return !Same(body["rc"]?.Text, ResultCodes.GetValueOrDefault(reason))
                ? $"rc {body["rc"]?.Text} with {reason}"
            : !Same(exchange, exchangeOf)
                ? $"{reason} on the exchange {exchange}"
            : !Same(body["client_id"]?.Text, client)
                ? "an event for another client"
            : message.Length is 0 or > LongestMessage || message.Any(unit => unit is < ' ' or > '~')
                || Leaks.Any(leak => message.Contains(leak, StringComparison.Ordinal))
                ? "a message that is not short plain English"
            : null;
    }

    /// <summary>To the digit: what the event says was taken and is left is what the oracle says.</summary>
    static string? Amounts(Case one, JsonValue body)
    {
        var loose = one.Payment!.Cases.Count > 1;
        var taken = one.Cents ?? (loose ? Taken(body) : Money.Most);
        if (taken is not { } cents || !Says(body, "amount", Money.Written(cents)))
        {
            return $"wrong amount {body["amount"]?.Text}";
        }

        one.Payment.Taken += cents;
        return loose || Says(body, "remaining", Money.Written(Money.Most - cents))
            ? null
            : $"wrong remaining {body["remaining"]?.Text}";
    }

    static bool Says(JsonValue body, string name, string token) =>
        body[name] is { Kind: JsonKind.Number, Text: var found } && Same(found, token);

    static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.Ordinal);
}
