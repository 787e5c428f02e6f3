using System.Diagnostics;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>
/// Brings one batch to its end: it is committed whole, tried again, or halved until the item stands alone for
/// which it cannot be committed. Halving costs the neighbours of a culprit log2(size) commits, not size.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="options">The longest rest.</param>
/// <param name="isolation">When a fault that looks like the server's may be one item's.</param>
/// <param name="commit">Commits all items or none.</param>
/// <param name="failsAlone">Takes an item that cannot be committed alone either.</param>
/// <param name="stall">Is told what was committed and what was not.</param>
/// <param name="clock">Measures and rests.</param>
/// <param name="log">Where retries and splits are told.</param>
sealed class BatchCommitter<T>(
    string name,
    GroupCommitOptions options,
    IsolationOptions<T> isolation,
    Func<IReadOnlyList<T>, CancellationToken, Task> commit,
    Action<PendingItem<T>, Exception> failsAlone,
    StallDetector stall,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>
    /// Being overtaken again and again is no race any more; from then on the batch rests in between.
    /// </summary>
    internal const int MostOvertakings = 5;

    static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(50);

    /// <summary>For how long a test write that succeeded is believed while a batch is halved.</summary>
    static readonly TimeSpan Believed = TimeSpan.FromSeconds(1);

    long? _couldCommitAt;

    /// <summary>The rest after so many tries, doubling from 50 ms to <c>LongestRest</c>.</summary>
    internal static TimeSpan RestAfter(int attempts, GroupCommitOptions options)
    {
        var rest = FirstRest * Math.Pow(2, Math.Min(attempts - 1, 10));
        return rest < options.LongestRest ? rest : options.LongestRest;
    }

    /// <summary>Returns when each item has its outcome or was handed over as failing alone.</summary>
    internal async Task CommitAsync(IReadOnlyList<PendingItem<T>> batch, CancellationToken stop)
    {
        using var run = stall.Begin();
        await CommitAsync(batch, run, isHalf: false, stop);
    }

    async Task CommitAsync(
        IReadOnlyList<PendingItem<T>> batch, StallDetector.Run run, bool isHalf, CancellationToken stop)
    {
        T[] items = [.. batch.Select(waiting => waiting.Item)];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var began = clock.GetTimestamp();
                using var span = Traces.Commit(name, batch.Select(waiting => waiting.Trace));
                await commit(items, stop);
                stall.Committed();
                run.Progress();
                Metrics.Batch(name, items.Length, clock.GetElapsedTime(began));
                foreach (var waiting in batch)
                {
                    waiting.Complete();
                }

                return;
            }
            catch (Exception error) when (error is not OperationCanceledException
                || !stop.IsCancellationRequested)
            {
                run.Failed(error);
                if (!await TryAgainAsync(error, attempt, items.Length, isHalf, stop))
                {
                    await HalveAsync(batch, run, error, stop);
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Rests as long as the fault asks; false when trying the same batch again cannot help.
    /// </summary>
    async Task<bool> TryAgainAsync(
        Exception error, int attempt, int size, bool isHalf, CancellationToken stop)
    {
        switch (Database.Classify(error))
        {
            case Fault.ConcurrencyConflict when attempt <= MostOvertakings:
                Log.BatchOvertaken(log, name, size, attempt);
                return true;
            case Fault.ConcurrencyConflict or Fault.Transient:
                if (IsWorthHalving(error, attempt, isHalf) && await CanCommitAsync(stop))
                {
                    return false;
                }

                var rest = RestAfter(attempt, options);
                Log.BatchPutOff(log, name, size, attempt, rest.TotalMilliseconds, error);
                await Task.Delay(rest, clock, stop);
                return true;
            case Fault.LockWait or Fault.Data:
                return false;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// A whole batch is tried once more first, unless that would cost the time of a statement once more; then
    /// the halves of it need no second proof.
    /// </summary>
    static bool IsWorthHalving(Exception error, int attempt, bool isHalf) =>
        Database.MayBeOfOneMessage(error)
        && (isHalf || attempt > 1 || Database.IsTimeout(error));

    async Task<bool> CanCommitAsync(CancellationToken stop)
    {
        if (isolation.CanCommitAsync is not { } canCommit)
        {
            return false;
        }

        if (_couldCommitAt is not { } at || clock.GetElapsedTime(at) > Believed)
        {
            _couldCommitAt = await canCommit(stop) ? clock.GetTimestamp() : null;
        }

        return _couldCommitAt is not null;
    }

    async Task HalveAsync(
        IReadOnlyList<PendingItem<T>> batch, StallDetector.Run run, Exception error, CancellationToken stop)
    {
        if (batch.Count == 1)
        {
            run.Progress();
            failsAlone(batch[0], error);
            return;
        }

        if (Database.Classify(error) != Fault.LockWait)
        {
            Log.BatchSplit(log, name, batch.Count, error);
        }

        var half = batch.Count / 2;
        await CommitAsync([.. batch.Take(half)], run, isHalf: true, stop);
        await CommitAsync([.. batch.Skip(half)], run, isHalf: true, stop);
    }
}
