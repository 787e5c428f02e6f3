using System.Net;
using System.Net.Sockets;

namespace Reversals.Tests.Chaos.Links;

/// <summary>What a spotter says of a frame.</summary>
enum Verdict
{
    Forward,
    Drop,

    /// <summary>This one is dropped, and the connection is reset.</summary>
    Reset,
}

/// <summary>
/// One connection through a link: two directions, each read frame by frame where that matters.
/// </summary>
sealed class Passage(Link link, Socket near, bool isPostgres) : IDisposable
{
    const int DripBytes = 200;

    readonly Socket _far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    internal async Task RunAsync(IPEndPoint server, CancellationToken stop)
    {
        near.NoDelay = _far.NoDelay = true;
        await _far.ConnectAsync(server, stop);
        var commits = new CommitSpotter(link);
        Spotter? up = isPostgres ? commits : null;
        Spotter down = isPostgres ? new AnswerSpotter(commits) : new ConfirmSpotter(link);
        await await Task.WhenAny(PumpAsync(near, _far, up, stop), PumpAsync(_far, near, down, stop));
    }

    public void Dispose() => Reset();

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

    async Task PumpAsync(Socket from, Socket to, Spotter? spotter, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        var held = 0;
        while (true)
        {
            if (held == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }

            var read = await from.ReceiveAsync(buffer.AsMemory(held), stop);
            if (read == 0)
            {
                return;
            }

            held += read;
            var (taken, pass, verdict) = spotter?.Look(buffer, held) ?? (held, held, Verdict.Forward);
            await CarryAsync(to, buffer.AsMemory(0, pass), stop);
            if (verdict is Verdict.Reset)
            {
                return;
            }

            buffer.AsSpan(taken, held - taken).CopyTo(buffer);
            held -= taken;
        }
    }

    async Task CarryAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (link.Weather is Weather.Blackhole)
        {
            await Task.Delay(10, stop);
        }

        if (link.Weather is Weather.Delay)
        {
            await Task.Delay(link.Lag, stop);
        }

        while (!bytes.IsEmpty)
        {
            var size = bytes.Length;
            if (link.Weather is Weather.Drip)
            {
                size = Math.Min(DripBytes, size);
                await Task.Delay(1, stop);
            }

            await to.SendAsync(bytes[..size], SocketFlags.None, stop);
            bytes = bytes[size..];
        }
    }
}
