using System.Threading.Channels;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>
/// Tries alone, beside the lanes, each item that failed alone for what looks like the server's fault. The
/// fault is the item's own when the item fails again and again while a real write succeeds each time in
/// between. When such a write fails too, it is an outage: no item is blamed, and counting begins anew.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="options">The longest backoff.</param>
/// <param name="isolation">How to find out whose fault it is.</param>
/// <param name="commit">Commits one item.</param>
/// <param name="failsAlone">Takes an item whose fault turned out to be of another kind.</param>
/// <param name="stall">Learns what was committed and what was not.</param>
/// <param name="inFlight">Tells when everything is given back.</param>
/// <param name="close">Called when the lane stops: nothing more may come in.</param>
/// <param name="clock">Measures and waits.</param>
/// <param name="log">Where suspicions are logged.</param>
sealed class SuspectLane<T>(
    string name,
    GroupCommitOptions options,
    IsolationOptions isolation,
    CommitItems<T> commit,
    Action<BatchItem<T>, Exception> failsAlone,
    StallDetector stall,
    InFlight inFlight,
    Action close,
    TimeProvider clock,
    ILogger log) : IDisposable
{
    /// <summary>
    /// After this many failures, with real writes between them, the fault is the item's own.
    /// </summary>
    const int MostFailures = 3;

    /// <summary>Among many workers an item may meet some conflicts by chance.</summary>
    const int MostConflicts = 2 * BatchCommitter<T>.MostConflicts;

    /// <summary>How many are tried at once: a slow one does not keep the others waiting.</summary>
    const int AtOnce = 4;

    /// <summary>However many are kept, they are not tried more often than this together.</summary>
    static readonly TimeSpan BackoffForEachKept = TimeSpan.FromMilliseconds(20);

    static readonly TimeSpan LogPause = TimeSpan.FromSeconds(10);

    readonly Channel<BatchItem<T>> _items = Channel.CreateUnbounded<BatchItem<T>>();
    readonly SemaphoreSlim _room = new(AtOnce);
    readonly CancellationTokenSource _noMore = new();
    readonly Lock _gate = new();
    readonly Backoff _backoff = BatchCommitter<T>.BackoffOf(options);
    long? _loggedAt;

    public void Dispose()
    {
        _room.Dispose();
        _noMore.Dispose();
    }

    /// <summary>False: no more items are taken.</summary>
    internal bool TryAdd(BatchItem<T> item) => _items.Writer.TryWrite(item);

    /// <summary>No more items come; one that fails once more goes back to its sender.</summary>
    internal void Complete()
    {
        _items.Writer.TryComplete();
        _noMore.Cancel();
    }

    /// <summary>Returns when no more items come and all are done, or when it is stopped.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var giveUp = inFlight.UntilGivenBack(stop);
            try
            {
                await RunUntilAsync(giveUp.Token);
                return;
            }
            catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
            {
                BatchItem<T>.Cancel(_items, _items.Reader.Count, giveUp.Token);
            }
        }

        close();
        BatchItem<T>.Cancel(_items, int.MaxValue, stop);
    }

    /// <summary>However it ends, each item that was taken has its result.</summary>
    async Task RunUntilAsync(CancellationToken giveUp)
    {
        List<Task> underWay = [];
        try
        {
            while (await _items.Reader.WaitToReadAsync(giveUp))
            {
                underWay.RemoveAll(trying => trying.IsCompleted);
                while (_items.Reader.TryRead(out var item))
                {
                    underWay.Add(TryUntilAsync(item, giveUp));
                }
            }
        }
        finally
        {
            await Task.WhenAll(underWay);
        }
    }

    async Task TryUntilAsync(BatchItem<T> item, CancellationToken giveUp)
    {
        try
        {
            var failures = 0;
            for (var attempt = 1;
                await TryAsync(item, giveUp) is Failed { Error: var error } failed;
                attempt++)
            {
                var fault = Faults.Classify(error);
                if (fault is Fault.LockWait or Fault.Data && !isolation.KeepsWhatFails)
                {
                    failsAlone(item, error);
                    return;
                }

                failures = await IsItsOwnAsync(error, giveUp) ? failures + 1 : 0;
                if (failures >= (fault == Fault.ConcurrencyConflict ? MostConflicts : MostFailures))
                {
                    item.Complete(failed);
                    return;
                }

                await BackOffAsync(error, attempt, giveUp);
            }

            item.Complete(Committed.Result);
        }
        catch (OperationCanceledException)
            when (giveUp.IsCancellationRequested || _noMore.IsCancellationRequested)
        {
            item.Cancel(giveUp);
        }
    }

    async Task<CommitResult> TryAsync(BatchItem<T> item, CancellationToken giveUp)
    {
        await _room.WaitAsync(giveUp);
        try
        {
            await commit([item.Item], isAlone: true, giveUp);
            stall.Committed();
            return Committed.Result;
        }
        catch (Exception error) when (error is not OperationCanceledException
            || !giveUp.IsCancellationRequested)
        {
            stall.FailedAgain(error);
            return new Failed(error);
        }
        finally
        {
            _room.Release();
        }
    }

    async Task<bool> IsItsOwnAsync(Exception error, CancellationToken giveUp) =>
        !isolation.KeepsWhatFails
        && Faults.MayBeOfOneMessage(error)
        && isolation.CanCommitAsync is { } canCommit
        && await canCommit(giveUp);

    async Task BackOffAsync(Exception error, int attempt, CancellationToken giveUp)
    {
        var delay = _backoff.After(attempt);
        if (isolation.KeepsWhatFails && stall.SetAside * BackoffForEachKept is var longer && longer > delay)
        {
            delay = longer;
        }

        lock (_gate)
        {
            if (_loggedAt is not { } loggedAt || clock.GetElapsedTime(loggedAt) > LogPause)
            {
                _loggedAt = clock.GetTimestamp();
                Log.FailsBesideTheLanes(
                    log, name, stall.SetAside, Database.Explain(error), delay.TotalMilliseconds);
            }
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(giveUp, _noMore.Token);
        await Task.Delay(delay, clock, end.Token);
    }
}
