using System.Buffers.Binary;
using System.Text;

namespace Reversals.Worker.Inbound;

/// <summary>
/// A content header frame of AMQP 0-9-1: whether the client library can read its table of headers. It reads
/// recursively, knows fewer kinds of values than may be sent, and a frame it cannot read costs it the
/// connection, again with each redelivery. See the specification, 4.2.3 and 4.2.5, and its errata.
/// </summary>
static class HeaderFrame
{
    /// <summary>Type octet of such a frame.</summary>
    internal const byte Type = 2;

    /// <summary>Type, channel and size before what a frame carries; one more octet ends it.</summary>
    internal const int Prefix = 7;

    /// <summary>Holds the bytes of a table that cannot be read, in the message that comes instead.</summary>
    internal const string UnreadableHeader = "Unreadable-Headers";

    const int PropertiesAt = Prefix + 12;
    const int DeepestTable = 256;
    const int LargestScale = 28;
    const ushort ContentType = 1 << 15, ContentEncoding = 1 << 14, Headers = 1 << 13;

    /// <summary>Null when the frame can be read as it is; otherwise one that can be read instead.</summary>
    /// <param name="frame">All of it, with its end.</param>
    internal static byte[]? Replacement(ReadOnlySpan<byte> frame)
    {
        if (TableAt(frame) is not { } at)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(frame[at..]);
        var room = frame.Length - at - sizeof(uint) - 1;
        if (length > room)
        {
            // Where the table ends is not known, so neither is what follows it.
            return Build(frame, at, frame[(at + sizeof(uint))..^1], rest: []);
        }

        var table = frame.Slice(at + sizeof(uint), (int)length);
        return IsReadable(table)
            ? null
            : Build(frame, at, table, frame[(at + sizeof(uint) + (int)length)..^1]);
    }

    /// <summary>Where the length of the table stands; null when there is none.</summary>
    static int? TableAt(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < PropertiesAt + sizeof(ushort) + 1)
        {
            return null;
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(frame[PropertiesAt..]);
        var at = PropertiesAt + sizeof(ushort);
        foreach (var text in (ReadOnlySpan<ushort>)[ContentType, ContentEncoding])
        {
            at += (flags & text) != 0 && at < frame.Length ? 1 + frame[at] : 0;
        }

        return (flags & Headers) != 0 && at + sizeof(uint) < frame.Length ? at : null;
    }

    /// <summary>Not by recursion: a stranger chooses the depth.</summary>
    static bool IsReadable(ReadOnlySpan<byte> table)
    {
        // Where each table or array that is open ends, and whether it has names.
        Span<(int End, bool Named)> open = stackalloc (int, bool)[DeepestTable];
        open[0] = (table.Length, Named: true);
        var (depth, at) = (0, 0);
        while (true)
        {
            while (at == open[depth].End)
            {
                if (depth-- == 0)
                {
                    return true;
                }
            }

            if (open[depth].Named)
            {
                at += 1 + table[at];
            }

            if (at >= open[depth].End || SizeOf(table[at..]) is not { } size || size > open[depth].End - at)
            {
                return false;
            }

            if (table[at] is not ((byte)'F' or (byte)'A'))
            {
                at += (int)size;
                continue;
            }

            if (++depth == DeepestTable)
            {
                return false;
            }

            open[depth] = (at + (int)size, table[at] == (byte)'F');
            at += 1 + sizeof(uint);
        }
    }

    /// <summary>How many bytes a value takes with its type; null when it cannot be read.</summary>
    static long? SizeOf(ReadOnlySpan<byte> value) => (char)value[0] switch
    {
        'V' => 1,
        't' or 'b' or 'B' => 2,
        's' or 'u' => 3,
        'I' or 'i' or 'f' => 5,
        'D' => value.Length > 1 && value[1] <= LargestScale ? 6 : null,
        'l' or 'd' or 'T' => 9,
        'S' or 'x' or 'F' or 'A' => value.Length > sizeof(uint)
            ? 1 + sizeof(uint) + (long)BinaryPrimitives.ReadUInt32BigEndian(value[1..])
            : null,
        _ => null,
    };

    /// <summary>The same frame with one header, which holds the bytes of the table.</summary>
    static byte[] Build(
        ReadOnlySpan<byte> frame, int at, ReadOnlySpan<byte> table, ReadOnlySpan<byte> rest)
    {
        var name = Encoding.ASCII.GetBytes(UnreadableHeader);
        var header = 1 + name.Length + 1 + sizeof(uint) + table.Length;
        var built = new byte[at + sizeof(uint) + header + rest.Length + 1];
        frame[..at].CopyTo(built);
        BinaryPrimitives.WriteUInt32BigEndian(built.AsSpan(3), (uint)(built.Length - Prefix - 1));
        var to = built.AsSpan(at);
        BinaryPrimitives.WriteUInt32BigEndian(to, (uint)header);
        to = to[sizeof(uint)..];
        to[0] = (byte)name.Length;
        name.CopyTo(to[1..]);
        to = to[(1 + name.Length)..];
        to[0] = (byte)'x';
        BinaryPrimitives.WriteUInt32BigEndian(to[1..], (uint)table.Length);
        table.CopyTo(to[(1 + sizeof(uint))..]);
        rest.CopyTo(to[(1 + sizeof(uint) + table.Length)..]);
        if (rest.IsEmpty)
        {
            var flags = BinaryPrimitives.ReadUInt16BigEndian(built.AsSpan(PropertiesAt));
            const ushort upToHeaders = ContentType | ContentEncoding | Headers;
            BinaryPrimitives.WriteUInt16BigEndian(built.AsSpan(PropertiesAt), (ushort)(flags & upToHeaders));
        }

        built[^1] = frame[^1];
        return built;
    }
}
