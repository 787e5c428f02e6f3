using System.Diagnostics;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>
/// Brings one batch to its end: it is committed whole, tried again, or split until the item stands alone for
/// which it cannot be committed. Halves cost the neighbours of a culprit log2(size) commits, not size.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="options">The longest backoff.</param>
/// <param name="isolation">When a fault that looks like the server's may be one item's.</param>
/// <param name="commit">Commits all items or none.</param>
/// <param name="failsAlone">Takes an item that cannot be committed alone either.</param>
/// <param name="stall">Learns what was committed and what was not.</param>
/// <param name="clock">Measures and waits.</param>
/// <param name="log">Where retries and splits are logged.</param>
sealed class BatchCommitter<T>(
    string name,
    GroupCommitOptions options,
    IsolationOptions isolation,
    CommitItems<T> commit,
    Action<BatchItem<T>, Exception> failsAlone,
    StallDetector stall,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>
    /// A conflict again and again is no race any more; from then on the batch backs off in between.
    /// </summary>
    internal const int MostConflicts = 5;

    /// <summary>For how long a test write that succeeded is believed while a batch is split.</summary>
    static readonly TimeSpan Believed = TimeSpan.FromSeconds(1);

    readonly Backoff _backoff = BackoffOf(options);
    long? _couldCommitAt;

    /// <summary>From 50 ms to <c>LongestRest</c>.</summary>
    internal static Backoff BackoffOf(GroupCommitOptions options) =>
        new(TimeSpan.FromMilliseconds(50), options.LongestRest);

    /// <summary>Returns when each item has its result or was handed over as failing alone.</summary>
    internal async Task CommitAsync(IReadOnlyList<BatchItem<T>> batch, CancellationToken stop)
    {
        using var run = stall.Begin();
        var parts = new Stack<Part>();
        parts.Push(new Part(batch, isPart: false));
        while (parts.TryPeek(out var part))
        {
            part.Attempts++;
            try
            {
                var began = clock.GetTimestamp();
                using var span = Traces.Commit(name, part.Items.Select(item => item.Trace));
                await commit(part.Values, isAlone: false, stop);
                run.Progress();
                Committed(part, began);
                parts.Pop();
            }
            catch (Exception error) when (error is not OperationCanceledException
                || !stop.IsCancellationRequested)
            {
                run.Failed(error);
                if (!await TryAgainAsync(part, error, stop))
                {
                    parts.Pop();
                    Split(part, error, parts, run);
                }
            }
        }
    }

    void Committed(Part part, long began)
    {
        stall.Committed();
        Metrics.Batch(name, part.Values.Length, clock.GetElapsedTime(began));
        foreach (var item in part.Items)
        {
            item.Complete(Batching.Committed.Result);
        }
    }

    /// <summary>
    /// Backs off as long as the fault asks; false when trying the same items again cannot help.
    /// </summary>
    async Task<bool> TryAgainAsync(Part part, Exception error, CancellationToken stop)
    {
        var size = part.Values.Length;
        switch (Faults.Classify(error))
        {
            case Fault.ConcurrencyConflict when part.Attempts <= MostConflicts:
                Log.BatchOvertaken(log, name, size, part.Attempts);
                return true;
            case Fault.ConcurrencyConflict or Fault.Transient:
                if (IsWorthSplitting(error, part) && await CanCommitAsync(stop))
                {
                    return false;
                }

                var delay = _backoff.After(part.Attempts);
                Log.BatchPutOff(log, name, size, part.Attempts, delay.TotalMilliseconds, error);
                await Task.Delay(delay, clock, stop);
                return true;
            case Fault.LockWait or Fault.Data:
                return false;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// A whole batch is tried once more first, unless that would cost the time of a statement once more; then
    /// its parts need no second proof.
    /// </summary>
    static bool IsWorthSplitting(Exception error, Part part) =>
        Faults.MayBeOfOneMessage(error)
        && (part.IsPart || part.Attempts > 1 || Faults.IsTimeout(error));

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

    void Split(Part part, Exception error, Stack<Part> parts, StallDetector.Run run)
    {
        if (part.Items is [var alone])
        {
            run.Progress();
            failsAlone(alone, error);
            return;
        }

        if (Faults.Classify(error) != Fault.LockWait)
        {
            Log.BatchSplit(log, name, part.Items.Count, error);
        }

        foreach (var items in part.Items.Chunk(SizeOfParts(part.Items.Count, error)).Reverse())
        {
            parts.Push(new Part(items, isPart: true));
        }
    }

    /// <summary>
    /// Halves need the fewest commits. But a part with a slow item costs the whole time limit before it
    /// fails: by the square root that is five such waits for 500 items, by halves ten.
    /// </summary>
    static int SizeOfParts(int count, Exception error) => Faults.IsTimeout(error)
        ? (int)Math.Sqrt(count)
        : (count + 1) / 2;

    /// <summary>A batch, or a part that is tried without the rest.</summary>
    sealed class Part(IReadOnlyList<BatchItem<T>> items, bool isPart)
    {
        internal IReadOnlyList<BatchItem<T>> Items => items;

        internal T[] Values { get; } = [.. items.Select(item => item.Item)];

        internal bool IsPart => isPart;

        internal int Attempts { get; set; }
    }
}
