using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Reversals.Worker.Inbound;
using Shouldly;
using Xunit;

namespace Reversals.Tests.Unit;

/// <summary>Headers the client library cannot read are taken away before it tries.</summary>
public sealed class HeaderFrameTests
{
    const ushort ContentType = 1 << 15, Headers = 1 << 13, DeliveryMode = 1 << 12;

    /// <summary>A value, and whether the library can read it.</summary>
    public static TheoryData<string, byte[], bool> Values { get; } = new()
    {
        { "nothing", [(byte)'V'], true },
        { "flag", [(byte)'t', 1], true },
        { "text", [(byte)'S', 0, 0, 0, 2, 65, 66], true },
        { "number", [(byte)'I', 0, 0, 0, 1], true },
        { "long", [(byte)'l', 0, 0, 0, 0, 0, 0, 0, 1], true },
        { "decimal", [(byte)'D', 28, 0, 0, 0, 1], true },
        { "decimal of scale 29", [(byte)'D', 29, 0, 0, 0, 1], false },
        { "unknown type", [(byte)'?', 0], false },
        { "other unknown type", [(byte)'L', 0, 0, 0, 0, 0, 0, 0, 1], false },
        { "empty array", Array([]), true },
        { "array", Array([(byte)'t', 1, (byte)'V']), true },
        { "decimal in an array", Array([(byte)'D', 29, 0, 0, 0, 1]), false },
        { "table", Table((byte)'F', Named([(byte)'V'])), true },
        { "decimal in a table", Table((byte)'F', Named([(byte)'D', 29, 0, 0, 0, 1])), false },
        { "deep", Deep(250), true },
        { "too deep", Deep(260), false },
        { "very deep", Deep(5_000), false },
        { "text beyond the end", [(byte)'S', 0, 0, 0, 9, 65], false },
        { "array beyond the end", [(byte)'A', 255, 255, 255, 255], false },
        { "cut off", [(byte)'l', 0], false },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_header_that_cannot_be_read_is_replaced_by_its_bytes(
        string name, byte[] value, bool readable)
    {
        name.ShouldNotBeEmpty();
        var table = Named(value);
        var replacement = HeaderFrame.Replacement(Frame(table));
        if (readable)
        {
            replacement.ShouldBeNull();
            return;
        }

        byte[] text = Encoding.ASCII.GetBytes(HeaderFrame.UnreadableHeader);
        byte[] kept = [(byte)text.Length, .. text, (byte)'x', .. Length(table), .. table];
        replacement.ShouldBe(Frame(kept), "what stands before and behind it stays");
    }

    [Fact]
    public void A_table_longer_than_its_frame_takes_what_follows_with_it()
    {
        var frame = Frame(Named([(byte)'V']));
        frame[7 + 12 + 2 + 3] = 255;
        var replacement = HeaderFrame.Replacement(frame).ShouldNotBeNull();
        HeaderFrame.Replacement(replacement).ShouldBeNull("it can be read now");
        BinaryPrimitives.ReadUInt16BigEndian(replacement.AsSpan(19))
            .ShouldBe((ushort)(ContentType | Headers));
    }

    [Fact]
    public void Whatever_comes_it_ends_and_what_it_gives_can_be_read() =>
        Gen.Byte.Array[0, 200].Sample(table =>
        {
            if (HeaderFrame.Replacement(Frame(table)) is { } replacement)
            {
                HeaderFrame.Replacement(replacement).ShouldBeNull();
            }
        });

    [Fact]
    public void A_frame_without_headers_stays_as_it_is()
    {
        HeaderFrame.Replacement([2, 0, 1, 0, 0, 0, 14, .. new byte[14], 0xCE]).ShouldBeNull();
        HeaderFrame.Replacement([2, 0, 1, 0, 0, 0, 0, 0xCE]).ShouldBeNull();
    }

    /// <summary>With a content type before the headers and a delivery mode behind them.</summary>
    static byte[] Frame(byte[] table)
    {
        const ushort flags = ContentType | Headers | DeliveryMode;
        byte[] carried =
        [
            0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, flags >> 8, flags & 255, 1, 65,
            .. Length(table), .. table, 2,
        ];
        return [2, 0, 1, .. Length(carried), .. carried, 0xCE];
    }

    static byte[] Length(byte[] of)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)of.Length);
        return length;
    }

    static byte[] Named(byte[] value) => [1, (byte)'n', .. value];

    static byte[] Table(byte type, byte[] entries) => [type, .. Length(entries), .. entries];

    static byte[] Array(byte[] values) => Table((byte)'A', values);

    static byte[] Deep(int levels) =>
        Enumerable.Range(0, levels).Aggregate((byte[])[(byte)'V'], (inner, _) => Array(inner));
}
