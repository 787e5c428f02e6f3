using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace Reversals.Worker.Inbound;

/// <summary>
/// The socket of the consuming connection. It looks at each content header before the client library does,
/// and gives it one it can read instead of one it cannot; see <see cref="HeaderFrame"/>. Encrypts by itself,
/// because it has to see what comes in.
/// </summary>
sealed class GuardedTcpClient(AddressFamily family, SslOption? tls)
#pragma warning disable CA2000 // The base closes it.
    : TcpClientAdapter(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
#pragma warning restore CA2000
{
    SslStream? _encrypted;

    public override async Task ConnectAsync(
        IPAddress ep, int port, CancellationToken cancellationToken = default)
    {
        await base.ConnectAsync(ep, port, cancellationToken);
        if (tls is not null)
        {
            _encrypted = new SslStream(
                base.GetStream(), leaveInnerStreamOpen: false, tls.CertificateValidationCallback);
            await _encrypted.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = tls.ServerName }, cancellationToken);
        }
    }

    public override NetworkStream GetStream() => new Guarded(Client, _encrypted ?? (Stream)base.GetStream());

    protected override void Dispose(bool disposing)
    {
        _encrypted?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A NetworkStream because the library asks for one; what it does is done by another.</summary>
    sealed class Guarded(Socket socket, Stream inner) : NetworkStream(socket)
    {
        byte[] _buffer = new byte[64 * 1024];
        int _start;
        int _end;

        /// <summary>So many bytes from the start on may pass unseen.</summary>
        long _passing;

        /// <summary>Is given instead of the frame it stands for.</summary>
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

                if (_passing == 0 && Look())
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
            var length = HeaderFrame.Prefix + BinaryPrimitives.ReadUInt32BigEndian(bytes[3..]) + 1L;
            if (bytes[0] != HeaderFrame.Type)
            {
                _passing = length;
                return true;
            }

            if (bytes.Length < length)
            {
                return false;
            }

            if (HeaderFrame.Replacement(bytes[..(int)length]) is { } replacement)
            {
                _instead = replacement;
                _start += (int)length;
            }
            else
            {
                _passing = length;
            }

            return true;
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
}
