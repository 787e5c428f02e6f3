using System.Net;
using System.Net.Sockets;

namespace Reversals.Tests.Integration.Harness;

/// <summary>
/// A wire between one side and a server that can be cut and mended, and be slow: the server goes away for that
/// side only, and comes back at the same address.
/// </summary>
sealed class Link : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _end = new();
    readonly Lock _gate = new();
    readonly List<TcpClient> _open = [];
    readonly string _host;
    int _port;
    readonly Task _accepting;
    bool _cut;
    int _refused;

    internal Link(string host, int port, bool cut = false)
    {
        (_host, _port, _cut) = (host, port, cut);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect instead of to the server.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    /// <summary>How much of what goes to the server passes a second and connection; null: all.</summary>
    internal int? BytesASecond { get; set; }

    /// <summary>Every connection breaks, and new ones end at once.</summary>
    internal void Cut()
    {
        lock (_gate)
        {
            _cut = true;
            _refused = 0;
            _open.ForEach(client => client.Dispose());
            _open.Clear();
        }
    }

    /// <summary>Connections that were tried in vain since it was cut.</summary>
    internal int Refused
    {
        get
        {
            lock (_gate)
            {
                return _refused;
            }
        }
    }

    /// <summary>From now on the server behind it is another one on the same machine.</summary>
    internal void LeadTo(int port) => Volatile.Write(ref _port, port);

    internal void Restore()
    {
        lock (_gate)
        {
            _cut = false;
        }
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception error)
            when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The link is taken down.
        }
    }

    async Task ServeAsync(TcpClient near)
    {
        using var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        if (!Keep(near))
        {
            return;
        }

        try
        {
            await far.ConnectAsync(_host, Volatile.Read(ref _port), _end.Token);
            if (Keep(far))
            {
                await Task.WhenAny(
                    PassAsync(near.GetStream(), far.GetStream()),
                    far.GetStream().CopyToAsync(near.GetStream(), _end.Token));
            }
        }
        catch (Exception error)
            when (error is SocketException or InvalidOperationException or OperationCanceledException)
        {
            // Cut, or the server does not listen: either way this connection is over.
        }
        finally
        {
            near.Dispose();
        }
    }

    async Task PassAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(
            buffer.AsMemory(0, Math.Min(buffer.Length, BytesASecond / 50 ?? int.MaxValue)), _end.Token) is > 0 and var read)
        {
            if (BytesASecond is { } rate)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)read / rate), _end.Token);
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }

    /// <summary>False when the link is cut: the connection is closed again.</summary>
    bool Keep(TcpClient client)
    {
        lock (_gate)
        {
            if (_cut)
            {
                _refused++;
                client.Dispose();
                return false;
            }

            _open.Add(client);
            return true;
        }
    }
}
