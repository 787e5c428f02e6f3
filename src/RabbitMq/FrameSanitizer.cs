using System.Buffers.Binary;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>
/// Takes bytes as they come from the broker and gives them on frame by frame. A content header that the
/// client library cannot read is given as one that it can; see <see cref="HeaderFrame"/>. Of a body that is
/// too large only the head is given: the library buffers whole bodies, and counts messages where memory
/// counts bytes.
/// </summary>
sealed class FrameSanitizer : IDisposable
{
    readonly Dictionary<ushort, OversizedBody> _oversized = [];
    byte[] _buffer = new byte[64 * 1024];
    int _start;
    int _end;

    /// <summary>This many bytes from the start on may pass unseen.</summary>
    long _passing;

    /// <summary>This many bytes from the start on are of this body, and not to pass.</summary>
    long _held;
    ushort _heldOf;

    /// <summary>Is given instead of the frames it stands for.</summary>
    ReadOnlyMemory<byte> _instead;

    public void Dispose()
    {
        foreach (var body in _oversized.Values)
        {
            body.Dispose();
        }

        _oversized.Clear();
    }

    /// <summary>Gives what may pass; 0: more has to come first.</summary>
    internal int Give(Span<byte> to)
    {
        while (true)
        {
            if (!_instead.IsEmpty)
            {
                var given = Math.Min(_instead.Length, to.Length);
                _instead.Span[..given].CopyTo(to);
                _instead = _instead[given..];
                return given;
            }

            if (_passing > 0 && _start < _end)
            {
                return Pass(to);
            }

            if (!(_held > 0 ? Hold() : _passing == 0 && Look()))
            {
                return 0;
            }
        }
    }

    /// <summary>Where the next bytes go.</summary>
    internal Memory<byte> Room()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>This many bytes were put there.</summary>
    internal void Add(int count) => _end += count;

    int Pass(Span<byte> to)
    {
        var given = (int)Math.Min(_passing, Math.Min(_end - _start, to.Length));
        _buffer.AsSpan(_start, given).CopyTo(to);
        _start += given;
        _passing -= given;
        return given;
    }

    /// <summary>Decides about the frame at the start; false when more of it must come first.</summary>
    bool Look()
    {
        if (_end - _start < HeaderFrame.Prefix)
        {
            return false;
        }

        var bytes = _buffer.AsSpan(_start, _end - _start);
        var channel = BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
        var length = HeaderFrame.Prefix + BinaryPrimitives.ReadUInt32BigEndian(bytes[3..]) + 1L;
        if (bytes[0] == HeaderFrame.Type)
        {
            return bytes.Length >= length && LookAtHeader(bytes[..(int)length], channel);
        }

        if (bytes[0] == HeaderFrame.BodyType && _oversized.ContainsKey(channel))
        {
            _start += HeaderFrame.Prefix;
            (_held, _heldOf) = (length - HeaderFrame.Prefix, channel);
        }
        else
        {
            _passing = length;
        }

        return true;
    }

    bool LookAtHeader(ReadOnlySpan<byte> frame, ushort channel)
    {
        if (_oversized.Remove(channel, out var unfinished))
        {
            // The channel was closed before the body was whole.
            unfinished.Dispose();
        }

        if (HeaderFrame.BodySize(frame) > Wire.MaxBodyBytes)
        {
            _oversized[channel] = new OversizedBody(frame);
            _start += frame.Length;
        }
        else if (HeaderFrame.Replacement(frame) is { } replacement)
        {
            _instead = replacement;
            _start += frame.Length;
        }
        else
        {
            _passing = frame.Length;
        }

        return true;
    }

    /// <summary>Takes what is there of a frame that must not pass; false when more has to come.</summary>
    bool Hold()
    {
        var taken = (int)Math.Min(_held, _end - _start);
        var body = _oversized[_heldOf];

        // The last octet is the frame's end.
        body.Append(_buffer.AsSpan(_start, (int)Math.Min(taken, _held - 1)));
        _start += taken;
        _held -= taken;
        if (_held == 0 && body.IsWhole)
        {
            _instead = body.Frames();
            _oversized.Remove(_heldOf);
            body.Dispose();
        }

        return taken > 0;
    }
}
