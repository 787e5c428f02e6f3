using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Reversals.RabbitMq;

/// <summary>Writes a table of headers as it stands in a frame.</summary>
sealed class HeaderWriter
{
    readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written, without its length.</summary>
    internal ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    internal void Text(string name, string value)
    {
        Name(Encoding.UTF8.GetBytes(name));
        Long('S', Encoding.UTF8.GetBytes(value));
    }

    internal void Bytes(string name, ReadOnlySpan<byte> value)
    {
        Name(Encoding.UTF8.GetBytes(name));
        Long('x', value);
    }

    internal void Table(string name, HeaderWriter fields)
    {
        Name(Encoding.UTF8.GetBytes(name));
        Long('F', fields.Written);
    }

    internal void Number(string name, long value)
    {
        Name(Encoding.UTF8.GetBytes(name));
        _bytes.Write("l"u8);
        BinaryPrimitives.WriteInt64BigEndian(_bytes.GetSpan(sizeof(long)), value);
        _bytes.Advance(sizeof(long));
    }

    /// <summary>An entry as it came.</summary>
    internal void Entry(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name(name);
        _bytes.Write(value);
    }

    /// <summary>A text instead of what came under this name.</summary>
    internal void Text(ReadOnlySpan<byte> name, string value)
    {
        Name(name);
        Long('S', Encoding.UTF8.GetBytes(value));
    }

    /// <summary>The bytes of what came under this name.</summary>
    internal void Bytes(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name(name);
        Long('x', value);
    }

    void Name(ReadOnlySpan<byte> name)
    {
        _bytes.Write([(byte)name.Length]);
        _bytes.Write(name);
    }

    void Long(char kind, ReadOnlySpan<byte> value)
    {
        _bytes.Write([(byte)kind]);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.GetSpan(sizeof(uint)), (uint)value.Length);
        _bytes.Advance(sizeof(uint));
        _bytes.Write(value);
    }
}
