using System.Numerics;
using System.Text.RegularExpressions;

namespace Reversals.Tests.Hostile.Oracle;

/// <summary>Amounts as whole numbers of cents: exact whatever the digits, and with no decimal type that could
/// round.</summary>
static partial class Money
{
    /// <summary>What each payment here is worth: the most that an amount can be.</summary>
    internal static readonly BigInteger Most = BigInteger.Pow(10, 17) - 1;

    /// <summary>The cents of an amount as the rules want it written; null when it breaks them.</summary>
    internal static BigInteger? Cents(string token)
    {
        if (!Pattern().IsMatch(token))
        {
            return null;
        }

        var point = token.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? token : token[..point];
        var fraction = point < 0 ? "" : token[(point + 1)..];
        var cents = BigInteger.Zero;
        foreach (var digit in whole + fraction.PadRight(2, '0'))
        {
            cents = (10 * cents) + (digit - '0');
        }

        return cents.IsZero ? null : cents;
    }

    /// <summary>As events write it: without a fraction when whole, else with two digits.</summary>
    internal static string Written(BigInteger cents)
    {
        var digits = cents.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(3, '0');
        var whole = digits[..^2];
        return digits.EndsWith("00", StringComparison.Ordinal) ? whole : $"{whole}.{digits[^2..]}";
    }

    /// <summary>The pattern of the rules, with the digits spelt out: other scripts have digits too.</summary>
    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?\z", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Pattern();
}
