using System.Threading.Channels;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>
/// Tries alone, beside the lanes, each item that failed alone for what looks like the server's fault. It is
/// the item's own when it fails again and again while a real write succeeds each time in between. When such a
/// write fails too it is an outage: nobody is blamed, and counting begins anew.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="options">The longest rest.</param>
/// <param name="isolation">How to find out whose fault it is.</param>
/// <param name="commit">Commits one item.</param>
/// <param name="failsAlone">Takes an item whose fault turned out to be of another kind.</param>
/// <param name="stall">Is told what was committed and what was not.</param>
/// <param name="clock">Measures and rests.</param>
/// <param name="log">Where suspicions are told.</param>
sealed class SuspectLane<T>(
    string name,
    GroupCommitOptions options,
    IsolationOptions<T> isolation,
    Func<T, CancellationToken, Task> commit,
    Action<PendingItem<T>, Exception> failsAlone,
    StallDetector stall,
    TimeProvider clock,
    ILogger log) : IDisposable
{
    /// <summary>So often it fails, with a real write in between, before it is its own fault.</summary>
    const int MostFailures = 3;

    /// <summary>Among many workers an item may be overtaken some times by chance.</summary>
    const int MostOvertakings = 2 * BatchCommitter<T>.MostOvertakings;

    /// <summary>How many are tried at once: a slow one does not keep the others waiting.</summary>
    const int AtOnce = 4;

    /// <summary>However many are kept, they are not tried more often than this together.</summary>
    static readonly TimeSpan RestForEachKept = TimeSpan.FromMilliseconds(20);

    static readonly TimeSpan TellPause = TimeSpan.FromSeconds(10);

    readonly Channel<PendingItem<T>> _items = Channel.CreateUnbounded<PendingItem<T>>();
    readonly SemaphoreSlim _room = new(AtOnce);
    readonly CancellationTokenSource _noMore = new();
    readonly Lock _gate = new();
    long? _toldAt;

    internal ChannelReader<PendingItem<T>> Items => _items.Reader;

    public void Dispose()
    {
        _room.Dispose();
        _noMore.Dispose();
    }

    /// <summary>False: no more items are taken.</summary>
    internal bool TryAdd(PendingItem<T> waiting) => _items.Writer.TryWrite(waiting);

    /// <summary>No more items come; one that fails once more goes back to its sender.</summary>
    internal void Complete()
    {
        _items.Writer.TryComplete();
        _noMore.Cancel();
    }

    /// <summary>Returns when no more items come and each has its outcome.</summary>
    /// <exception cref="OperationCanceledException">
    /// It was told to give up, and each has its outcome.
    /// </exception>
    internal async Task RunUntilAsync(CancellationToken giveUp)
    {
        List<Task> underWay = [];
        try
        {
            while (await _items.Reader.WaitToReadAsync(giveUp))
            {
                underWay.RemoveAll(one => one.IsCompleted);
                while (_items.Reader.TryRead(out var waiting))
                {
                    underWay.Add(TryUntilAsync(waiting, giveUp));
                }
            }
        }
        finally
        {
            await Task.WhenAll(underWay);
        }
    }

    async Task TryUntilAsync(PendingItem<T> waiting, CancellationToken giveUp)
    {
        try
        {
            var failures = 0;
            for (var attempt = 1; await TryAsync(waiting, giveUp) is { } error; attempt++)
            {
                if (Database.Classify(error) is Fault.LockWait or Fault.Data && !isolation.KeepsWhatFails)
                {
                    failsAlone(waiting, error);
                    return;
                }

                failures = await IsItsOwnAsync(error, giveUp) ? failures + 1 : 0;
                var most = Database.Classify(error) == Fault.ConcurrencyConflict
                    ? MostOvertakings
                    : MostFailures;
                if (failures >= most)
                {
                    waiting.Complete(error);
                    return;
                }

                await RestAsync(error, attempt, giveUp);
            }

            waiting.Complete();
        }
        catch (OperationCanceledException)
            when (giveUp.IsCancellationRequested || _noMore.IsCancellationRequested)
        {
            waiting.Cancel(giveUp);
        }
    }

    /// <summary>Null: it is committed.</summary>
    async Task<Exception?> TryAsync(PendingItem<T> waiting, CancellationToken giveUp)
    {
        await _room.WaitAsync(giveUp);
        try
        {
            await commit(waiting.Item, giveUp);
            stall.Committed();
            return null;
        }
        catch (Exception error) when (error is not OperationCanceledException
            || !giveUp.IsCancellationRequested)
        {
            stall.FailedAgain(error);
            return error;
        }
        finally
        {
            _room.Release();
        }
    }

    async Task<bool> IsItsOwnAsync(Exception error, CancellationToken giveUp) =>
        !isolation.KeepsWhatFails
        && Database.MayBeOfOneMessage(error)
        && isolation.CanCommitAsync is { } canCommit
        && await canCommit(giveUp);

    async Task RestAsync(Exception error, int attempt, CancellationToken giveUp)
    {
        var rest = BatchCommitter<T>.RestAfter(attempt, options);
        if (isolation.KeepsWhatFails && stall.SetAside * RestForEachKept is var longer && longer > rest)
        {
            rest = longer;
        }

        lock (_gate)
        {
            if (_toldAt is not { } toldAt || clock.GetElapsedTime(toldAt) > TellPause)
            {
                _toldAt = clock.GetTimestamp();
                Log.FailsBesideTheLanes(
                    log, name, stall.SetAside, Database.Explain(error), rest.TotalMilliseconds);
            }
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(giveUp, _noMore.Token);
        await Task.Delay(rest, clock, end.Token);
    }
}
