using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Processing.Inbound;

/// <summary>Reads field by field and keeps the first rejection.</summary>
sealed class RequestFields(JsonElement body)
{
    const int LongestReference = 64;
    const int LongestChannel = 32;
    const int PrefixLength = 6;
    const int AccountLength = 10;
    const int FullVaLength = PrefixLength + AccountLength;

    static readonly string[] Known =
        ["payment_ref", "reference_id", "amount", "virtual_account", "prefix", "channel"];

    internal Rejection? Rejection { get; private set; }

    internal void Refuse(Reason reason, string message) =>
        Rejection ??= new Rejection { Reason = reason, Message = message };

    /// <summary>
    /// A field whose name is written in other case would be ignored, and an amount that is ignored reverses
    /// everything.
    /// </summary>
    internal void RefuseNamesInOtherCase()
    {
        foreach (var field in body.EnumerateObject())
        {
            foreach (var known in Known)
            {
                if (!field.NameEquals(known) && IsInOtherCase(field, known))
                {
                    Refuse(Reason.InvalidField, $"{field.Name} must be written {known}");
                }
            }
        }
    }

    internal string? Reference(string name, int shortest)
    {
        var text = Text(name, Reason.InvalidField);
        if (text is null
            || (text.Length >= shortest && text.Length <= LongestReference && text.All(IsPrintableAscii)))
        {
            return text;
        }

        Refuse(Reason.InvalidField,
            $"{name} must be {shortest} to {LongestReference} printable ASCII characters");
        return null;
    }

    internal string? Channel(string name)
    {
        var text = Text(name, Reason.InvalidField);
        if (text is null || text.Length <= LongestChannel)
        {
            return text?.ToLowerInvariant();
        }

        Refuse(Reason.InvalidField, $"{name} must be at most {LongestChannel} characters");
        return null;
    }

    internal decimal? Amount(string name)
    {
        var token = body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetRawText()
            : Text(name, Reason.AmountInvalid, "a number, or a string that holds one");
        if (token is null)
        {
            if (Rejection is null && body.TryGetProperty(name, out _))
            {
                // It got lost on the way: that must not reverse everything.
                Refuse(Reason.AmountInvalid,
                    $"{name} must not be empty; leave the field out to reverse all that is left");
            }

            return null;
        }

        if (IsAmountToken(token)
            && decimal.Parse(token, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
                is > 0 and var amount)
        {
            return amount;
        }

        Refuse(Reason.AmountInvalid, Reason.AmountInvalid.Message);
        return null;
    }

    /// <summary>The VA as far as it is known, and the prefix when it stands alone.</summary>
    internal (string? VaNumber, string? Prefix) Va(string name, string prefixName)
    {
        var account = Text(name, Reason.VaMalformed);
        var prefix = Text(prefixName, Reason.VaMalformed);
        if ((prefix is not null && !(prefix.Length == PrefixLength && AreDigits(prefix)))
            || (account is not null
                && !(account.Length is AccountLength or FullVaLength && AreDigits(account))))
        {
            Refuse(Reason.VaMalformed, Reason.VaMalformed.Message);
            return (null, null);
        }

        if (account is null || prefix is null)
        {
            return (account, prefix);
        }

        if (account.Length < FullVaLength)
        {
            return (prefix + account, null);
        }

        if (!account.StartsWith(prefix, StringComparison.Ordinal))
        {
            Refuse(Reason.VaMalformed, Reason.VaMalformed.Message);
        }

        return (account, null);
    }

    /// <summary>A trimmed string; null when it is missing, null or empty.</summary>
    string? Text(string name, Reason otherwise, string expected = "a string")
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(otherwise, $"{name} must be {expected}");
            return null;
        }

        var text = value.GetString()!.Trim(' ');
        return text.Length == 0 ? null : text;
    }

    /// <summary>Most names are told apart without making a string of them.</summary>
    static bool IsInOtherCase(in JsonProperty field, string known)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(field);
        return raw.Contains((byte)'\\')
            ? string.Equals(field.Name, known, StringComparison.OrdinalIgnoreCase)
            : Ascii.EqualsIgnoreCase(raw, known);
    }

    static bool IsPrintableAscii(char character) => character is >= ' ' and <= '~';

    /// <summary>
    /// Digits only: no sign, no exponent, no leading zero, at most 15 digits and two decimals.
    /// </summary>
    static bool IsAmountToken(ReadOnlySpan<char> token)
    {
        var point = token.IndexOf('.');
        var whole = point < 0 ? token : token[..point];
        return whole.Length is >= 1 and <= 15 && AreDigits(whole) && (whole.Length == 1 || whole[0] != '0')
            && (point < 0 || (token[(point + 1)..] is { Length: 1 or 2 } fraction && AreDigits(fraction)));
    }

    /// <summary>ASCII digits only: other scripts have digits too.</summary>
    static bool AreDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
