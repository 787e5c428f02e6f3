using System.Net.Sockets;

namespace Reversals.Tests.Harness;

/// <summary>One connection through a link: two directions, each read frame by frame where that matters.</summary>
sealed class LinkConnection(Link link, Socket near, FrameReader? up, FrameReader? down) : IDisposable
{
    const int DripBytes = 200;

    /// <summary>How often a second something passes where only so much may.</summary>
    const int PartsASecond = 50;

    readonly Socket _far = new(SocketType.Stream, ProtocolType.Tcp);

    internal async Task RunAsync(string host, int port, CancellationToken stop)
    {
        near.NoDelay = _far.NoDelay = true;
        await _far.ConnectAsync(host, port, stop);
        await await Task.WhenAny(
            PumpAsync(near, _far, up, () => link.BytesASecond, LinkState.Blackhole, stop),
            PumpAsync(_far, near, down, () => null, LinkState.Deaf, stop));
    }

    public void Dispose()
    {
        near.Dispose();
        _far.Dispose();
    }

    /// <summary>Both sides learn of it at once: what is under way is lost.</summary>
    internal void Reset()
    {
        foreach (var socket in (Socket[])[near, _far])
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                socket.Close();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It was closed already.
            }
        }
    }

    async Task PumpAsync(
        Socket from, Socket to, FrameReader? reader, Func<int?> bytesASecond, LinkState stopping,
        CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        var held = 0;
        while (true)
        {
            if (held == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }

            var most = bytesASecond() is { } rate ? Math.Max(1, rate / PartsASecond) : int.MaxValue;
            var read = await from.ReceiveAsync(
                buffer.AsMemory(held, Math.Min(most, buffer.Length - held)), stop);
            if (read == 0)
            {
                return;
            }

            if (bytesASecond() is { } allowed)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)read / allowed), stop);
            }

            held += read;
            var (taken, pass, verdict) = reader?.Look(buffer, held) ?? (held, held, FrameVerdict.Forward);
            await CarryAsync(to, buffer.AsMemory(0, pass), stopping, stop);
            if (verdict is FrameVerdict.Reset)
            {
                Reset();
                return;
            }

            buffer.AsSpan(taken, held - taken).CopyTo(buffer);
            held -= taken;
        }
    }

    async Task CarryAsync(
        Socket to, ReadOnlyMemory<byte> bytes, LinkState stopping, CancellationToken stop)
    {
        while (link.State is LinkState.Blackhole || link.State == stopping)
        {
            await Task.Delay(10, stop);
        }

        if (link.State is LinkState.Delay)
        {
            await Task.Delay(link.Lag, stop);
        }

        while (!bytes.IsEmpty)
        {
            var size = bytes.Length;
            if (link.State is LinkState.Drip)
            {
                size = Math.Min(DripBytes, size);
                await Task.Delay(1, stop);
            }

            bytes = bytes[await to.SendAsync(bytes[..size], SocketFlags.None, stop)..];
        }
    }
}
