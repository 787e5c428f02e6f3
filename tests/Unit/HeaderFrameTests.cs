using System.Buffers.Binary;
using CsCheck;
using RabbitMQ.Client;
using Reversals.RabbitMq;

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
    public void A_header_that_cannot_be_read_is_replaced_by_one_that_can(
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

        HeaderFrame.Replacement(replacement.ShouldNotBeNull()).ShouldBeNull("it can be read now");
        replacement.AsSpan(^2).ToArray().ShouldBe([2, 0xCE], "what stands behind it stays");
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
    public void What_stands_beside_a_value_that_cannot_be_read_is_kept_and_a_credential_is_not()
    {
        byte[] decimalOf29 = [(byte)'D', 29, 0, 0, 0, 15];
        byte[][] odd = [decimalOf29, [(byte)'?', 0], Deep(300), [(byte)'S', 0, 0, 0, 99], Array(decimalOf29)];
        foreach (var value in odd)
        {
            byte[] table =
            [
                .. Entry("Signature", Text("abc")), .. Entry("authorization", Text("hidden")),
                .. Entry("nested", Table((byte)'F', Entry("Cookie", Text("hidden")))),
                .. Entry("odd", value), .. Entry("Authorization", Text("hidden")),
                .. Entry("list", Array(Table((byte)'F',
                    [.. Entry("odd", decimalOf29), .. Entry("Authorization", Text("hidden"))]))),
            ];
            var headers = Read(HeaderFrame.Replacement(Frame(table)).ShouldNotBeNull());

            headers.ShouldContain("\"Signature\":\"abc\"");
            headers.ShouldNotContain("hidden");
            headers.ShouldNotContain(Convert.ToBase64String("hidden"u8)[..7]);
        }
    }

    [Fact]
    public void A_decimal_that_the_library_does_not_know_is_kept_as_text() =>
        Read(HeaderFrame.Replacement(Frame(Entry("odd", [(byte)'D', 29, 0, 0, 0, 15]))).ShouldNotBeNull())
            .ShouldBe("""{"odd":"15e-29"}""");

    [Fact]
    public void Headers_that_would_take_much_memory_are_not_given_to_the_library()
    {
        byte[][] bombs =
        [
            Entry("n", Text(new string('x', 110_000))),
            Entry("n", Array([.. Enumerable.Repeat((byte)'V', 20_000)])),
            [.. Enumerable.Range(0, 2_000).SelectMany(n => Entry($"n{n}", [(byte)'V']))],
            [.. Enumerable.Range(0, 300).SelectMany(n => Entry($"n{n}", Text(new string('x', 300))))],
        ];
        foreach (var bomb in bombs)
        {
            var frame = HeaderFrame.Replacement(
                Frame([.. Entry("Signature", Text("abc")), .. bomb])).ShouldNotBeNull();

            frame.Length.ShouldBeLessThan(20_000);
            var properties = Properties(frame);
            FrameNote.Of(properties)!.HeaderBytes.ShouldBe(bomb.Length + Entry("Signature", Text("abc")).Length);
            AmqpHeaders.Text(properties, "Signature").ShouldBe("abc");
            HeaderJson.Write(properties).ShouldNotContain(FrameNote.Name);
        }
    }

    [Fact]
    public void The_same_header_twice_with_different_values_is_noted_as_the_library_keeps_only_the_last()
    {
        FrameNote? Note(string name, byte[] first, byte[] second) => HeaderFrame.Replacement(
            Frame([.. Entry(name, first), .. Entry("other", Text("x")), .. Entry(name, second)]))
            is { } replacement ? FrameNote.Of(Properties(replacement)) : null;

        Note("Signature", Text("a"), Text("b"))!.Ambiguous.ShouldBe("Signature");
        Note("client-id", Text("a"), [(byte)'t', 1])!.Ambiguous.ShouldBe("Client-Id");
        Note("Signature", Text("a"), Text("a")).ShouldBeNull();
        Note("Signature", Text("a"), Table((byte)'x', [97])).ShouldBeNull();
        Note("Signature", [(byte)'V'], Text("a")).ShouldBeNull();
        Note("another", Text("a"), Text("b")).ShouldBeNull();
    }

    [Fact]
    public void No_sender_can_write_a_note_himself()
    {
        FrameNote.Name.Length.ShouldBe(37);
        FrameNote.Of(Properties(Frame(Entry("note-", Table((byte)'F', Entry("size", [(byte)'t', 1]))))))
            .ShouldBeNull();
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

    /// <summary>The headers of a frame as the worker keeps them.</summary>
    static string Read(byte[] frame) => HeaderJson.Write(Properties(frame));

    /// <summary>As the client library reads them.</summary>
    static BasicProperties Properties(byte[] frame) =>
        new(new ReadOnlyBasicProperties(frame.AsSpan(7 + 12)[..^1]));

    static byte[] Entry(string name, byte[] value) =>
        [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. value];

    static byte[] Text(string text) => Table((byte)'S', Encoding.ASCII.GetBytes(text));

    static byte[] Named(byte[] value) => [1, (byte)'n', .. value];

    static byte[] Table(byte type, byte[] entries) => [type, .. Length(entries), .. entries];

    static byte[] Array(byte[] values) => Table((byte)'A', values);

    static byte[] Deep(int levels) =>
        Enumerable.Range(0, levels).Aggregate((byte[])[(byte)'V'], (inner, _) => Array(inner));
}
