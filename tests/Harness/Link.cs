using System.Net.Sockets;

namespace Reversals.Tests.Harness;

/// <summary>How a link carries what is given to it.</summary>
enum LinkState
{
    Clear,

    /// <summary>Whoever connects is turned away.</summary>
    Cut,

    /// <summary>Nothing arrives, and nobody is told; it arrives when the link is clear again.</summary>
    Blackhole,

    /// <summary>What the server says does not arrive until the link is clear again; it hears everything.</summary>
    Deaf,

    /// <summary>Everything arrives late.</summary>
    Delay,

    /// <summary>A few bytes at a time.</summary>
    Drip,
}

/// <summary>
/// A wire between one side and a server that can be cut, mended and slow: the server goes away for that side
/// only, and comes back at the same address. Who wants to know what passes gives readers of both directions.
/// </summary>
sealed class Link : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _end = new();
    readonly Lock _gate = new();
    readonly HashSet<LinkConnection> _open = [];
    readonly string _host;
    readonly Func<(FrameReader? Up, FrameReader? Down)> _readers;
    readonly Task _accepting;
    int _port;
    int _refused;

    internal Link(
        string host, int port, bool cut = false, Func<(FrameReader? Up, FrameReader? Down)>? readers = null)
    {
        (_host, _port, _readers) = (host, port, readers ?? (() => (null, null)));
        State = cut ? LinkState.Cut : LinkState.Clear;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect instead of to the server.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal LinkState State { get; private set; }

    /// <summary>How late everything is while the state is <see cref="LinkState.Delay"/>.</summary>
    internal TimeSpan Lag { get; private set; }

    /// <summary>How much of what goes to the server passes a second and connection; null: all.</summary>
    internal int? BytesASecond { get; set; }

    /// <summary>Connections that were tried in vain since it was cut.</summary>
    internal int Refused => Volatile.Read(ref _refused);

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    internal void Set(LinkState state, TimeSpan lag = default)
    {
        lock (_gate)
        {
            (State, Lag, _refused) = (state, lag, 0);
        }
    }

    /// <summary>Every connection is closed, and new ones are at once.</summary>
    internal void Cut()
    {
        Set(LinkState.Cut);
        Array.ForEach(Open(), connection => connection.Dispose());
    }

    internal void Restore() => Set(LinkState.Clear);

    /// <summary>From now on the server behind it is another one on the same machine.</summary>
    internal void LeadTo(int port) => Volatile.Write(ref _port, port);

    /// <summary>Every connection breaks; new ones are welcome.</summary>
    internal void Reset() => Array.ForEach(Open(), connection => connection.Reset());

    LinkConnection[] Open()
    {
        lock (_gate)
        {
            return [.. _open];
        }
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_end.Token));
            }
        }
        catch (Exception error)
            when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The link is taken down.
        }
    }

    async Task ServeAsync(Socket near)
    {
        // At once, so that whoever connects is always told the same.
        if (State is LinkState.Cut)
        {
            Interlocked.Increment(ref _refused);
            near.Dispose();
            return;
        }

        var (up, down) = _readers();
        using var connection = new LinkConnection(this, near, up, down);
        try
        {
            if (Keep(connection))
            {
                await connection.RunAsync(_host, Volatile.Read(ref _port), _end.Token);
            }
        }
        catch (Exception error)
            when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Reset, or the server does not listen: either way this connection is over.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(connection);
            }
        }
    }

    /// <summary>False when the link is cut.</summary>
    bool Keep(LinkConnection connection)
    {
        lock (_gate)
        {
            if (State is LinkState.Cut)
            {
                _refused++;
                return false;
            }

            return _open.Add(connection);
        }
    }
}
