using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Reversals.RabbitMq;

/// <summary>
/// Makes a table of headers that the client library can read out of one that it cannot, or should not because
/// of its size. What can be kept is kept as it came; no secret is ever kept because something else is odd.
/// </summary>
static class HeaderRepair
{
    /// <summary>Holds the bytes from where on a table could not be read.</summary>
    internal const string UnreadableHeader = "Unreadable-Headers";

    /// <summary>Most values of a table in which all of them are kept, at any depth.</summary>
    internal const int MostValues = 1_000;

    /// <summary>Most bytes of a value that is kept of a table that is too large.</summary>
    const int LargestKept = 4 * 1024;

    /// <summary>Most bytes that are kept of a table that is too large.</summary>
    const int MostKept = 16 * 1024;

    /// <summary>The table that comes instead.</summary>
    /// <param name="table">As it came, without its length.</param>
    /// <param name="tooLarge">Only what fits is kept; of the rest the size is said.</param>
    internal static HeaderWriter Rebuild(ReadOnlySpan<byte> table, bool tooLarge)
    {
        var kept = new HeaderWriter();
        var rest = table;
        while (!rest.IsEmpty)
        {
            if (tooLarge && kept.Written.Length + LargestKept > MostKept)
            {
                Bytes(kept, rest[..0], rest.Length);
                return kept;
            }

            if (!HeaderTable.TryTake(ref rest, out var name, out var value))
            {
                Bytes(kept, tooLarge && rest.Length > LargestKept ? rest[..LargestKept] : rest, rest.Length);
                return kept;
            }

            Keep(kept, name, value, tooLarge);
        }

        return kept;
    }

    static void Keep(
        HeaderWriter kept, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool tooLarge)
    {
        if (SecretHeaders.IsSecret(Encoding.UTF8.GetString(name)))
        {
            kept.Text(name, SecretHeaders.Mask);
            return;
        }

        int? values = HeaderTable.IsNested(value[0])
            ? HeaderTable.Values(value[HeaderTable.Prefix..], named: value[0] == (byte)'F')
            : 1;
        if (tooLarge && (value.Length > LargestKept || values > MostValues / 10))
        {
            kept.Text(name, Size(value.Length));
        }
        else if (HeaderTable.IsOddDecimal(value))
        {
            kept.Text(name, string.Create(CultureInfo.InvariantCulture,
                $"{BinaryPrimitives.ReadUInt32BigEndian(value[2..])}e-{value[1]}"));
        }
        else if (values is not null)
        {
            kept.Entry(name, value);
        }
        else if (SecretHeaders.MayHoldOne(value))
        {
            kept.Text(name, $"{SecretHeaders.Mask} {Size(value.Length)}");
        }
        else
        {
            kept.Bytes(name, value);
        }
    }

    static void Bytes(HeaderWriter kept, ReadOnlySpan<byte> bytes, int size)
    {
        if (bytes.IsEmpty || SecretHeaders.MayHoldOne(bytes))
        {
            kept.Text(UnreadableHeader, $"{SecretHeaders.Mask} {Size(size)}");
        }
        else
        {
            kept.Bytes(UnreadableHeader, bytes);
        }
    }

    static string Size(int bytes) => string.Create(CultureInfo.InvariantCulture, $"({bytes} bytes)");
}
