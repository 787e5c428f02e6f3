using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Reversals.RabbitMq;

/// <summary>
/// A body that is too large to be read, as it passes by: only its head, its size and its hash are kept, so it
/// takes no more memory than a small one, however large it is and however many come at once.
/// </summary>
sealed class OversizedBody : IDisposable
{
    /// <summary>Bytes that are kept (4 KiB): enough for an operator to see what it is.</summary>
    internal const int HeadBytes = 4 * 1024;

    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly byte[] _header;
    readonly byte[] _head;
    readonly ulong _size;
    ulong _seen;

    /// <param name="header">The content header frame of the message.</param>
    internal OversizedBody(ReadOnlySpan<byte> header)
    {
        _header = header.ToArray();
        _size = HeaderFrame.BodySize(header);
        _head = new byte[Math.Min(_size, HeadBytes)];
    }

    /// <summary>All of it has passed by.</summary>
    internal bool IsWhole => _seen >= _size;

    public void Dispose() => _hash.Dispose();

    internal void Append(ReadOnlySpan<byte> part)
    {
        _hash.AppendData(part);
        if (_seen < (ulong)_head.Length)
        {
            var room = _head.AsSpan((int)_seen);
            part[..Math.Min(part.Length, room.Length)].CopyTo(room);
        }

        _seen += (ulong)part.Length;
    }

    /// <summary>The frames that come instead: the header with a note, and the head.</summary>
    internal byte[] Frames()
    {
        var header = HeaderFrame.Shortened(_header, _head.Length, new FrameNote
        {
            BodySize = (long)_seen,
            BodyHash = _hash.GetHashAndReset(),
        });
        var frames = new byte[header.Length + HeaderFrame.Prefix + _head.Length + 1];
        header.CopyTo(frames, 0);
        var body = frames.AsSpan(header.Length);
        body[0] = HeaderFrame.BodyType;
        header.AsSpan(1, sizeof(ushort)).CopyTo(body[1..]);
        BinaryPrimitives.WriteUInt32BigEndian(body[3..], (uint)_head.Length);
        _head.CopyTo(body[HeaderFrame.Prefix..]);
        body[^1] = header[^1];
        return frames;
    }
}
