using System.Threading.Channels;
using Reversals.Processing.Configuration;

namespace Reversals.Processing.Batching;

/// <summary>What is in flight in all lanes of a group commit and can be given back at once.</summary>
sealed class InFlight : IDisposable
{
    CancellationTokenSource _current = new();

    public void Dispose() => _current.Dispose();

    /// <summary>Cancels what is in flight; what comes later is not affected.</summary>
    internal void GiveBack() => Interlocked.Exchange(ref _current, new()).Cancel();

    /// <summary>
    /// Cancelled by the next <see cref="GiveBack"/> or by the stop. The source behind it is never disposed:
    /// whoever gives back may have taken it already. It holds no timer.
    /// </summary>
    internal CancellationTokenSource UntilGivenBack(CancellationToken stop) =>
        CancellationTokenSource.CreateLinkedTokenSource(stop, Volatile.Read(ref _current).Token);
}

/// <summary>One commit at a time: takes whatever waits, up to the limit, and commits it.</summary>
/// <param name="items">What waits.</param>
/// <param name="backoff">Passes before each commit; zero: the pace of the group commit holds.</param>
/// <param name="options">Limit and pace.</param>
/// <param name="committer">Brings each batch to its end.</param>
/// <param name="inFlight">Tells when everything is given back.</param>
/// <param name="close">Called when the lane stops: nothing more may come in.</param>
/// <param name="clock">Measures and waits.</param>
sealed class CommitLane<T>(
    ChannelReader<BatchItem<T>> items,
    TimeSpan backoff,
    GroupCommitOptions options,
    BatchCommitter<T> committer,
    InFlight inFlight,
    Action close,
    TimeProvider clock)
{
    readonly CommitThrottle _throttle = new(options, clock);
    readonly List<BatchItem<T>> _batch = new(options.Limit);

    /// <summary>Returns when no more items come and all are done, or when it is stopped.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var giveUp = inFlight.UntilGivenBack(stop);
            try
            {
                while (await items.WaitToReadAsync(giveUp.Token))
                {
                    await PaceAsync(giveUp.Token);
                    if (Take())
                    {
                        await committer.CommitAsync(_batch, giveUp.Token);
                        _throttle.End();
                        _batch.Clear();
                    }
                }

                return;
            }
            catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
            {
                _batch.ForEach(item => item.Cancel(giveUp.Token));
                _batch.Clear();
                BatchItem<T>.Cancel(items, items.Count, giveUp.Token);
            }
        }

        // Nothing more may come in, and what came in meanwhile learns that it was not committed.
        close();
        BatchItem<T>.Cancel(items, int.MaxValue, stop);
    }

    Task PaceAsync(CancellationToken giveUp) => backoff > TimeSpan.Zero
        ? Task.Delay(backoff, clock, giveUp)
        : _throttle.WaitAsync(items.Count, giveUp);

    bool Take()
    {
        while (_batch.Count < options.Limit && items.TryRead(out var item))
        {
            _batch.Add(item);
        }

        if (_batch.Count > 0)
        {
            _throttle.Begin(_batch.Count);
        }

        return _batch.Count > 0;
    }
}
