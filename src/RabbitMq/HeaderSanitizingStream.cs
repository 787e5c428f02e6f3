using System.Net.Sockets;

namespace Reversals.RabbitMq;

/// <summary>
/// Lets the client library read only what a <see cref="FrameSanitizer"/> gives, and write only where it would
/// be encrypted. It is a NetworkStream because the library asks for one, and that knows the bare socket: so
/// every member that would read, write or wait there is overridden, and throws when the library has no use
/// for it today. <see cref="NetworkStream.Socket"/> cannot be overridden and is hidden.
/// </summary>
/// <param name="socket">The socket; nothing is read from it or written to it here.</param>
/// <param name="inner">The way to the broker, encrypted if it has to be.</param>
sealed class HeaderSanitizingStream(Socket socket, Stream inner) : NetworkStream(socket)
{
    readonly FrameSanitizer _frames = new();

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override bool DataAvailable => throw Unsupported();

    public override long Length => throw Unsupported();

    public override long Position
    {
        get => throw Unsupported();
        set => throw Unsupported();
    }

    public new Socket Socket => throw Unsupported();

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (_frames.Give(buffer.Span) is > 0 and var given)
            {
                return given;
            }

            var read = await inner.ReadAsync(_frames.Room(), cancellationToken);
            if (read == 0)
            {
                return 0;
            }

            _frames.Add(read);
        }
    }

    public override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override void WriteByte(byte value) => inner.WriteByte(value);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw Unsupported();

    public override int Read(Span<byte> buffer) => throw Unsupported();

    public override int ReadByte() => throw Unsupported();

    public override IAsyncResult BeginRead(
        byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) => throw Unsupported();

    public override int EndRead(IAsyncResult asyncResult) => throw Unsupported();

    public override IAsyncResult BeginWrite(
        byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) => throw Unsupported();

    public override void EndWrite(IAsyncResult asyncResult) => throw Unsupported();

    public override void CopyTo(Stream destination, int bufferSize) => throw Unsupported();

    public override Task CopyToAsync(
        Stream destination, int bufferSize, CancellationToken cancellationToken) => throw Unsupported();

    public override long Seek(long offset, SeekOrigin origin) => throw Unsupported();

    public override void SetLength(long value) => throw Unsupported();

    protected override void Dispose(bool disposing)
    {
        _frames.Dispose();
        base.Dispose(disposing);
    }

    static NotSupportedException Unsupported() =>
        new("This would go past the guard of the connection, and past its encryption.");
}
