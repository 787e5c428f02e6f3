using Reversals.Contracts;

namespace Reversals.Processing.Inbound;

/// <summary>How long a request may wait for its payment, as its header says.</summary>
static class PendingForHeader
{
    internal const string Rule = Wire.PendingForHeader + " must be whole seconds from 0, in digits; leave " +
        "the header out to wait as long as the client's setting says";

    /// <summary>More would be longer than any client's setting.</summary>
    const int MostDigits = 9;

    /// <summary>
    /// False: it says something else. To wait in spite of it could reverse what nobody expects any more.
    /// </summary>
    /// <param name="text">The header; null: the client's setting stands.</param>
    /// <param name="pendingFor">Null: as long as the client's setting says.</param>
    internal static bool TryRead(string? text, out TimeSpan? pendingFor)
    {
        pendingFor = null;
        if (text is null)
        {
            return true;
        }

        var digits = text.AsSpan().Trim(' ');
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        digits = digits.TrimStart('0');
        pendingFor = digits.IsEmpty ? TimeSpan.Zero
            : digits.Length > MostDigits ? TimeSpan.MaxValue
            : TimeSpan.FromSeconds(int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture));
        return true;
    }
}
