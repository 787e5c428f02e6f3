using System.Numerics;

namespace Reversals.Tests.Hostile.Oracle;

/// <summary>The fields of a body, read by the rules; or the first rule it breaks.</summary>
sealed record Request
{
    const string Placeholder = "bank_name";

    static readonly string[] Names =
        ["payment_ref", "reference_id", "amount", "virtual_account", "prefix", "channel"];

    internal string? Broken { get; private init; }
    internal string? PaymentRef { get; private init; }
    internal string? ReferenceId { get; private init; }
    internal BigInteger? Cents { get; private init; }

    /// <summary>16 digits, or the last 10.</summary>
    internal string? Va { get; private init; }
    internal string? Prefix { get; private init; }
    internal string? Channel { get; private init; }

    /// <summary>Under which a reversal is applied at most once.</summary>
    internal string Key => ReferenceId ?? "payment_ref:" + PaymentRef;

    internal static Request Read(ReadOnlySpan<byte> bytes)
    {
        if (JsonReader.ReadBody(bytes) is not { Kind: JsonKind.Table } body)
        {
            return new Request { Broken = "MALFORMED_BODY" };
        }

        var (paymentRef, reference, channel) =
            (Field(body, "payment_ref"), Field(body, "reference_id"), Field(body, "channel"));
        var (amount, va, prefix) =
            (AmountField(body), Field(body, "virtual_account"), Field(body, "prefix"));
        var cents = amount.Text is null ? null : Money.Cents(amount.Text);
        var broken = body.Members.Any(member => IsInOtherCase(member.Name))
            || !IsReference(paymentRef, 1) || !IsReference(reference, 5) || channel.IsWrong
            || channel.Text?.Length > 32 ? "INVALID_FIELD"
            : paymentRef.Text is null && reference.Text is null ? "NO_IDENTIFIER"
            : amount.IsWrong || (body["amount"] is not null && cents is null) ? "AMOUNT_INVALID"
            : !IsVa(va, prefix) ? "VA_MALFORMED"
            : null;
        var name = channel.Text?.ToLowerInvariant();
        return new Request
        {
            Broken = broken,
            PaymentRef = paymentRef.Text,
            ReferenceId = reference.Text,
            Cents = cents,
            Va = va.Text?.Length == 10 ? prefix.Text + va.Text : va.Text,
            Prefix = prefix.Text,
            Channel = string.Equals(name, Placeholder, StringComparison.Ordinal) ? null : name,
        };
    }

    static Given Field(JsonValue body, string name) => body[name] switch
    {
        null or { Kind: JsonKind.Null } => default,
        { Kind: JsonKind.Text, Text: var text } => Given.Of(text),
        _ => new Given(Text: null, IsWrong: true),
    };

    static Given AmountField(JsonValue body) => body["amount"] is { Kind: JsonKind.Number, Text: var token }
        ? new Given(token, IsWrong: false)
        : Field(body, "amount");

    /// <summary>An amount under such a name would not be seen, and everything be reversed.</summary>
    static bool IsInOtherCase(string name) => !Names.Contains(name, StringComparer.Ordinal)
        && Names.Contains(name, StringComparer.OrdinalIgnoreCase);

    static bool IsReference(Given field, int shortest) => !field.IsWrong && (field.Text is null
        || (field.Text.Length >= shortest && field.Text.Length <= 64
            && field.Text.All(character => character is >= ' ' and <= '~')));

    static bool IsVa(Given va, Given prefix) => !va.IsWrong && !prefix.IsWrong
        && (prefix.Text is null || IsDigits(prefix.Text, 6))
        && (va.Text is null || IsDigits(va.Text, 10)
            || (IsDigits(va.Text, 16) && va.Text.StartsWith(prefix.Text ?? "", StringComparison.Ordinal)));

    static bool IsDigits(string text, int count) =>
        text.Length == count && text.All(character => character is >= '0' and <= '9');

    /// <summary>A field's characters; nothing at all for a missing, null or empty one.</summary>
    readonly record struct Given(string? Text, bool IsWrong)
    {
        internal static Given Of(string text)
        {
            var trimmed = text.Trim(' ');
            return new Given(trimmed.Length == 0 ? null : trimmed, IsWrong: false);
        }
    }
}
