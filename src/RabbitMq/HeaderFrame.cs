using System.Buffers.Binary;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>
/// A content header frame of AMQP 0-9-1: whether the client library can read its table of headers, and may.
/// It reads recursively, knows fewer kinds of values than may be sent, takes many times the memory that they
/// take here, and a frame it cannot read costs it the connection, again with each redelivery. See the
/// specification, 4.2.3 and 4.2.5, and its errata.
/// </summary>
static class HeaderFrame
{
    /// <summary>Type octet of such a frame.</summary>
    internal const byte Type = 2;

    /// <summary>Type octet of a frame with a part of the body.</summary>
    internal const byte BodyType = 3;

    /// <summary>Type, channel and size before what a frame carries; one more octet ends it.</summary>
    internal const int Prefix = 7;

    /// <summary>
    /// Most bytes of a table that the library is given. More than <see cref="Wire.MaxHeaderBytes"/>, because
    /// there only names and values count.
    /// </summary>
    internal const int LargestTable = 3 * Wire.MaxHeaderBytes / 2;

    const int BodySizeAt = Prefix + 4;
    const int FlagsAt = Prefix + 12;
    const int PropertiesAt = FlagsAt + sizeof(ushort);
    const ushort ContentType = 1 << 15, ContentEncoding = 1 << 14, Headers = 1 << 13;

    /// <summary>Bytes of the body that follows.</summary>
    internal static ulong BodySize(ReadOnlySpan<byte> frame) =>
        frame.Length > FlagsAt ? BinaryPrimitives.ReadUInt64BigEndian(frame[BodySizeAt..]) : 0;

    /// <summary>Null when the frame can be read as it is; otherwise one that can be read instead.</summary>
    /// <param name="frame">All of it, with its end.</param>
    internal static byte[]? Replacement(ReadOnlySpan<byte> frame)
    {
        if (TableAt(frame) is not { } at || !HasTable(frame))
        {
            return null;
        }

        var parts = Parts(frame, at);
        var table = parts.Table;
        if (parts.IsWhole && table.Length <= LargestTable
            && HeaderTable.Values(table) is <= HeaderRepair.MostValues
            && HeaderTable.Ambiguous(table) is null)
        {
            return null;
        }

        return Build(frame, at, new FrameNote());
    }

    /// <summary>The frame of a message of whose body only the head comes.</summary>
    /// <param name="frame">As it came.</param>
    /// <param name="head">Bytes of the body that follow now.</param>
    /// <param name="note">What there was.</param>
    internal static byte[] Shortened(ReadOnlySpan<byte> frame, int head, FrameNote note)
    {
        var built = TableAt(frame) is { } at ? Build(frame, at, note) : frame.ToArray();
        BinaryPrimitives.WriteUInt64BigEndian(built.AsSpan(BodySizeAt), (ulong)head);
        return built;
    }

    /// <summary>Where the length of the table stands, or would; null when the frame is none.</summary>
    static int? TableAt(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < PropertiesAt + 1)
        {
            return null;
        }

        var at = PropertiesAt;
        foreach (var text in (ReadOnlySpan<ushort>)[ContentType, ContentEncoding])
        {
            at += (Flags(frame) & text) != 0 && at < frame.Length ? 1 + frame[at] : 0;
        }

        return at + (HasTable(frame) ? sizeof(uint) : 0) < frame.Length ? at : null;
    }

    /// <summary>The table, what stands behind it, and whether it ends within the frame.</summary>
    static Parted Parts(ReadOnlySpan<byte> frame, int at)
    {
        if (!HasTable(frame))
        {
            return new([], frame[at..^1], isWhole: true);
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(frame[at..]);
        var content = frame[(at + sizeof(uint))..^1];

        // Where a table ends that is longer than its frame is not known, so neither is what follows it.
        return length > content.Length
            ? new(content, [], isWhole: false)
            : new(content[..(int)length], content[(int)length..], isWhole: true);
    }

    /// <summary>The same frame with a table that can be read, and a note of what it lacks.</summary>
    static byte[] Build(ReadOnlySpan<byte> frame, int at, FrameNote note)
    {
        var parts = Parts(frame, at);
        var table = parts.Table;
        var rest = parts.Rest;
        var tooLarge = table.Length > LargestTable || HeaderTable.Values(table) > HeaderRepair.MostValues;
        var kept = HeaderRepair.Rebuild(table, tooLarge);
        note = note with
        {
            HeaderBytes = tooLarge ? table.Length : null,
            Ambiguous = HeaderTable.Ambiguous(table),
        };
        if (note != new FrameNote())
        {
            note.WriteTo(kept);
        }

        var built = new byte[at + sizeof(uint) + kept.Written.Length + rest.Length + 1];
        frame[..at].CopyTo(built);
        BinaryPrimitives.WriteUInt32BigEndian(built.AsSpan(3), (uint)(built.Length - Prefix - 1));
        BinaryPrimitives.WriteUInt32BigEndian(built.AsSpan(at), (uint)kept.Written.Length);
        kept.Written.CopyTo(built.AsSpan(at + sizeof(uint)));
        rest.CopyTo(built.AsSpan(at + sizeof(uint) + kept.Written.Length));
        built[^1] = frame[^1];
        const ushort upToHeaders = ContentType | ContentEncoding | Headers;
        var flags = (ushort)((Flags(frame) | Headers) & (parts.IsWhole ? ushort.MaxValue : upToHeaders));
        BinaryPrimitives.WriteUInt16BigEndian(built.AsSpan(FlagsAt), flags);
        return built;
    }

    static ushort Flags(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[FlagsAt..]);

    static bool HasTable(ReadOnlySpan<byte> frame) => (Flags(frame) & Headers) != 0;

    readonly ref struct Parted(ReadOnlySpan<byte> table, ReadOnlySpan<byte> rest, bool isWhole)
    {
        internal ReadOnlySpan<byte> Table { get; } = table;
        internal ReadOnlySpan<byte> Rest { get; } = rest;
        internal bool IsWhole { get; } = isWhole;
    }
}
