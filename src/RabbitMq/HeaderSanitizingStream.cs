using System.Buffers.Binary;
using System.Net.Sockets;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>
/// Looks at each content header before the client library does, and gives it one it can read instead of one
/// it cannot; see <see cref="HeaderFrame"/>. Of a body that is too large it gives the head only: the library
/// buffers whole bodies, and counts messages where memory counts bytes.
/// </summary>
/// <param name="socket">A NetworkStream because the library asks for one.</param>
/// <param name="inner">Does what that would do.</param>
sealed class HeaderSanitizingStream(Socket socket, Stream inner) : NetworkStream(socket)
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

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (!_instead.IsEmpty)
            {
                var given = Math.Min(_instead.Length, buffer.Length);
                _instead[..given].CopyTo(buffer);
                _instead = _instead[given..];
                return given;
            }

            if (_passing > 0 && _start < _end)
            {
                return Pass(buffer.Span);
            }

            if (_held > 0 ? Hold() : _passing == 0 && Look())
            {
                continue;
            }

            MakeRoom();
            var read = await inner.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return 0;
            }

            _end += read;
        }
    }

    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        foreach (var body in _oversized.Values)
        {
            body.Dispose();
        }

        _oversized.Clear();
        base.Dispose(disposing);
    }

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

    void MakeRoom()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
    }
}
