using System.Buffers.Binary;
using System.Text;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>
/// A table of headers as it stands in a frame: names and values, each value with its kind. See the
/// specification of AMQP 0-9-1, 4.2.5.5, and its errata. Nothing here recurses: the sender chooses the depth.
/// </summary>
static class HeaderTable
{
    /// <summary>The client library reads nested tables by recursion, and its stack is not endless.</summary>
    internal const int Deepest = 256;

    /// <summary>The largest scale of a decimal that the client library knows.</summary>
    internal const int LargestScale = 28;

    /// <summary>Bytes before the content of a text, a list or a table: its kind and its length.</summary>
    internal const int Prefix = 1 + sizeof(uint);

    /// <summary>Headers that decide something: two different values of one of them are refused.</summary>
    internal static readonly string[] DecidingNames =
        [Wire.SignatureHeader, Wire.ClientIdHeader, Wire.PendingForHeader];

    /// <summary>
    /// How many values there are, at any depth; null when the client library could not read all of them.
    /// </summary>
    /// <param name="content">What stands in it, without its length.</param>
    /// <param name="named">A table; otherwise a list.</param>
    internal static int? Values(ReadOnlySpan<byte> content, bool named = true)
    {
        // Where each table or list that is open ends, and whether its values have names.
        Span<(int End, bool Named)> open = stackalloc (int, bool)[Deepest];
        open[0] = (content.Length, named);
        var (depth, at, values) = (0, 0, 0);
        while (true)
        {
            while (at == open[depth].End)
            {
                if (depth-- == 0)
                {
                    return values;
                }
            }

            values++;
            at += open[depth].Named ? 1 + content[at] : 0;
            if (at >= open[depth].End || SizeOf(content[at..]) is not { } size || size > open[depth].End - at
                || IsOddDecimal(content[at..]))
            {
                return null;
            }

            if (!IsNested(content[at]))
            {
                at += (int)size;
                continue;
            }

            if (++depth == Deepest)
            {
                return null;
            }

            open[depth] = (at + (int)size, content[at] == (byte)'F');
            at += Prefix;
        }
    }

    /// <summary>The first entry of a table, taken off it; false when it cannot be told apart.</summary>
    internal static bool TryTake(
        ref ReadOnlySpan<byte> table, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = [];
        value = [];
        var at = 1 + table[0];
        if (at >= table.Length || SizeOf(table[at..]) is not { } size || size > table.Length - at)
        {
            return false;
        }

        name = table[1..at];
        value = table.Slice(at, (int)size);
        table = table[(at + (int)size)..];
        return true;
    }

    /// <summary>
    /// Which of <see cref="DecidingNames"/> comes twice with different values; null: none does. The client
    /// library would keep the last of two that are spelt alike, and not say that there was another.
    /// </summary>
    internal static string? Ambiguous(ReadOnlySpan<byte> table)
    {
        Span<Range> first = stackalloc Range[DecidingNames.Length];
        first.Clear();
        var rest = table;
        while (!rest.IsEmpty && TryTake(ref rest, out var name, out var value))
        {
            var place = value[0] == (byte)'V' ? -1 : PlaceOf(name);
            if (place < 0)
            {
                continue;
            }

            if (!first[place].Equals(default) && !IsSame(table[first[place]], value))
            {
                return DecidingNames[place];
            }

            var end = table.Length - rest.Length;
            first[place] = (end - value.Length)..end;
        }

        return null;
    }

    internal static bool IsNested(byte kind) => kind is (byte)'F' or (byte)'A';

    internal static bool IsOddDecimal(ReadOnlySpan<byte> value) =>
        value[0] == (byte)'D' && value[1] > LargestScale;

    /// <summary>Texts and bytes are the same when their content is.</summary>
    static bool IsSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        IsText(left[0]) && IsText(right[0])
            ? left[Prefix..].SequenceEqual(right[Prefix..])
            : left.SequenceEqual(right);

    static bool IsText(byte kind) => kind is (byte)'S' or (byte)'x';

    static int PlaceOf(ReadOnlySpan<byte> name)
    {
        for (var place = 0; place < DecidingNames.Length; place++)
        {
            if (Ascii.EqualsIgnoreCase(name, DecidingNames[place]))
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>How many bytes a value takes with its kind; null when the kind is none, or cut off.</summary>
    static long? SizeOf(ReadOnlySpan<byte> value) => (char)value[0] switch
    {
        'V' => 1,
        't' or 'b' or 'B' => 2,
        's' or 'u' => 3,
        'I' or 'i' or 'f' => 5,
        'D' => value.Length > 1 ? 6 : null,
        'l' or 'd' or 'T' => 9,
        'S' or 'x' or 'F' or 'A' => value.Length >= Prefix
            ? Prefix + (long)BinaryPrimitives.ReadUInt32BigEndian(value[1..])
            : null,
        _ => null,
    };
}
