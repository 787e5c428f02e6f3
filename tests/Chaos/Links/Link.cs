using System.Net;
using System.Net.Sockets;

namespace Reversals.Tests.Chaos.Links;

/// <summary>How a link carries what is given to it.</summary>
enum Weather
{
    Clear,

    /// <summary>Everything is reset, and so is whoever connects.</summary>
    Cut,

    /// <summary>Nothing arrives, and nobody is told; it arrives when the weather clears.</summary>
    Blackhole,

    /// <summary>Everything arrives late.</summary>
    Delay,

    /// <summary>A few bytes at a time.</summary>
    Drip,
}

/// <summary>What happens to the next COMMIT that carries reversals.</summary>
enum CommitFate
{
    Forward,

    /// <summary>It is forwarded, and its answer is not: the worker cannot know.</summary>
    LoseAnswer,

    /// <summary>What it commits is forwarded, and it is not.</summary>
    Cut,

    /// <summary>As <see cref="Cut"/>, and the worker is killed at this moment.</summary>
    CutAndKill,
}

/// <summary>
/// The wire between one worker and one server. It understands as much of what passes as it takes to lose
/// exactly the answer that matters.
/// </summary>
sealed class Link : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _end = new();
    readonly Lock _gate = new();
    readonly HashSet<Passage> _open = [];
    readonly IPEndPoint _server;
    readonly bool _isPostgres;
    readonly Task _accepting;
    CommitFate _fate;
    int _confirmsToLose;
    int _commitsUnknown;
    int _confirmsLost;

    internal Link(IPEndPoint server, bool isPostgres)
    {
        (_server, _isPostgres) = (server, isPostgres);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the worker connects to.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal Weather Weather { get; private set; }

    /// <summary>How late everything is while the weather is <see cref="Weather.Delay"/>.</summary>
    internal TimeSpan Lag { get; private set; }

    /// <summary>COMMITs whose answer never came, whether they were done or not.</summary>
    internal int CommitsUnknown => _commitsUnknown;

    internal int ConfirmsLost => _confirmsLost;

    /// <summary>Called when a COMMIT meets <see cref="CommitFate.CutAndKill"/>.</summary>
    internal Action? Kill { get; set; }

    public async ValueTask DisposeAsync()
    {
        Set(Weather.Cut);
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    internal void Set(Weather weather, TimeSpan lag = default)
    {
        (Weather, Lag) = (weather, lag);
        if (weather is Weather.Cut)
        {
            Reset();
        }
    }

    /// <summary>Every connection breaks; new ones are welcome.</summary>
    internal void Reset()
    {
        Passage[] open;
        lock (_gate)
        {
            open = [.. _open];
        }

        Array.ForEach(open, passage => passage.Reset());
    }

    /// <summary>Unless a worker is waiting to be killed at it.</summary>
    internal void DecideNextCommit(CommitFate fate) =>
        Interlocked.CompareExchange(ref _fate, fate, CommitFate.Forward);

    /// <summary>Another process of the worker begins, and is to be killed at a COMMIT or not.</summary>
    internal void Begin(bool killAtCommit)
    {
        if (killAtCommit)
        {
            Interlocked.Exchange(ref _fate, CommitFate.CutAndKill);
        }
        else
        {
            Interlocked.CompareExchange(ref _fate, CommitFate.Forward, CommitFate.CutAndKill);
        }
    }

    /// <summary>The next confirm of the broker is lost, and its connection with it.</summary>
    internal void LoseNextConfirm() => Volatile.Write(ref _confirmsToLose, 1);

    /// <summary>The fate of a COMMIT that has just come; each decision is for one.</summary>
    internal CommitFate TakeFate()
    {
        var fate = Interlocked.Exchange(ref _fate, CommitFate.Forward);
        if (fate is not CommitFate.Forward)
        {
            Interlocked.Increment(ref _commitsUnknown);
        }

        if (fate is CommitFate.CutAndKill)
        {
            Kill?.Invoke();
        }

        return fate;
    }

    internal bool TakeConfirm()
    {
        var lose = Interlocked.Exchange(ref _confirmsToLose, 0) == 1;
        _confirmsLost += lose ? 1 : 0;
        return lose;
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
        using var passage = new Passage(this, near, _isPostgres);
        try
        {
            lock (_gate)
            {
                _open.Add(passage);
            }

            if (Weather is not Weather.Cut)
            {
                await passage.RunAsync(_server, _end.Token);
            }
        }
        catch (Exception error)
            when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Reset by somebody: either way this connection is over.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(passage);
            }
        }
    }
}
