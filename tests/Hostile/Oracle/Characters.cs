namespace Reversals.Tests.Hostile.Oracle;

/// <summary>Between bytes and characters, where either may be no text at all.</summary>
static class Characters
{
    static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Null when the bytes are no UTF-8.</summary>
    internal static string? Of(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>UTF-8, and half a surrogate pair as the three bytes it would be: no text any more.</summary>
    internal static byte[] Bytes(string units)
    {
        var bytes = new List<byte>();
        for (var place = 0; place < units.Length; place++)
        {
            if (Rune.TryGetRuneAt(units, place, out var rune))
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
                place += rune.Utf16SequenceLength - 1;
            }
            else
            {
                int unit = units[place];
                bytes.Add((byte)(0xE0 | (unit >> 12)));
                bytes.Add((byte)(0x80 | ((unit >> 6) & 0x3F)));
                bytes.Add((byte)(0x80 | (unit & 0x3F)));
            }
        }

        return [.. bytes];
    }

    /// <summary>No half of a surrogate pair stands alone.</summary>
    internal static bool AreWhole(string units)
    {
        for (var place = 0; place < units.Length; place++)
        {
            if (char.IsHighSurrogate(units[place]) && place + 1 < units.Length
                && char.IsLowSurrogate(units[place + 1]))
            {
                place++;
            }
            else if (char.IsSurrogate(units[place]))
            {
                return false;
            }
        }

        return true;
    }
}
