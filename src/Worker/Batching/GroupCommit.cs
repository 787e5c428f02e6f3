using System.Diagnostics;
using System.Threading.Channels;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Batching;

/// <summary>
/// The self-clocking group commit: while one commit is under way the next items gather, and the next commit
/// takes all of them. Alone, an item is a batch of one and waits for nobody. Each item learns its own
/// outcome: a batch that fails on its data is split until the culprit stands alone; a batch that fails on
/// the infrastructure is tried again whole; a batch that needs a row somebody holds is split too, and the
/// items that need it are tried again beside the lanes, so that nobody else waits with them.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="options">Limit, lanes and pace.</param>
/// <param name="commit">Commits all items or none.</param>
/// <param name="clock">Measures and rests.</param>
/// <param name="log">Where retries and splits are told.</param>
sealed class GroupCommit<T>(
    string name,
    GroupCommitOptions options,
    Func<IReadOnlyList<T>, CancellationToken, Task> commit,
    TimeProvider clock,
    ILogger log) : IDisposable
{
    /// <summary>
    /// Being overtaken again and again is no race any more; from then on the batch rests in between.
    /// </summary>
    const int MostOvertakings = 5;

    static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan HeldUpRest = TimeSpan.FromMilliseconds(500);

    readonly Channel<Waiting<T>> _waiting =
        Channel.CreateBounded<Waiting<T>>(new BoundedChannelOptions(2 * options.Limit * options.Lanes));

    readonly Channel<Waiting<T>> _heldUp = Channel.CreateUnbounded<Waiting<T>>();
    readonly Stall _stall = new(clock);
    CancellationTokenSource _atHand = new();

    /// <inheritdoc cref="Stall.Length"/>
    internal TimeSpan StalledFor => _stall.Length;

    public void Dispose() => _atHand.Dispose();

    /// <summary>Hands an item over and waits for its own outcome.</summary>
    /// <returns>Null: committed. Otherwise the error that this item causes alone.</returns>
    /// <exception cref="OperationCanceledException">
    /// It was given back, or all stopped, before the item was committed.
    /// </exception>
    internal async Task<Exception?> SubmitAsync(T item, CancellationToken stop)
    {
        var waiting = new Waiting<T>(item);
        try
        {
            await _waiting.Writer.WriteAsync(waiting, stop);
        }
        catch (ChannelClosedException closed)
        {
            throw new OperationCanceledException("The worker is stopping.", closed, stop);
        }

        return await waiting.Outcome.Task;
    }

    /// <summary>Runs the lanes until <see cref="Complete"/> was called and all items are done.</summary>
    /// <param name="stop">Gives up: items not committed by then are cancelled.</param>
    internal Task RunAsync(CancellationToken stop) => Task.WhenAll(Start(stop));

    /// <inheritdoc cref="RunAsync"/>
    /// <returns>A task for each lane: one that ended alone is seen at once.</returns>
    internal IReadOnlyList<Task> Start(CancellationToken stop) =>
    [
        .. Enumerable.Range(0, options.Lanes)
            .Select(_ => Task.Run(() => RunLaneAsync(_waiting, TimeSpan.Zero, stop), CancellationToken.None)),
        Task.Run(() => RunLaneAsync(_heldUp, HeldUpRest, stop), CancellationToken.None),
    ];

    /// <summary>
    /// No more items come; what waits is still committed, unless it needs a row that somebody holds.
    /// </summary>
    internal void Complete()
    {
        _waiting.Writer.TryComplete();
        _heldUp.Writer.TryComplete();
    }

    /// <summary>
    /// Holds nothing any more: whatever is not committed by now is cancelled. What comes later is taken.
    /// </summary>
    internal void GiveBack() => Interlocked.Exchange(ref _atHand, new()).Cancel();

    async Task RunLaneAsync(ChannelReader<Waiting<T>> items, TimeSpan rest, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Never disposed: whoever gives back may have taken it already. It holds no timer.
            var atHand = Volatile.Read(ref _atHand);
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, atHand.Token);
            if (await RunUntilAsync(items, rest, giveUp.Token))
            {
                return;
            }
        }

        // Nothing more may come in, and what came in meanwhile learns that it was not committed.
        Complete();
        Cancel(items, int.MaxValue, stop);
    }

    /// <summary>True when all is done and nothing more can come; false when it was told to give up.</summary>
    async Task<bool> RunUntilAsync(
        ChannelReader<Waiting<T>> items, TimeSpan rest, CancellationToken giveUp)
    {
        var batch = new List<Waiting<T>>(options.Limit);
        var pace = new Pace(options, clock);
        try
        {
            while (await items.WaitToReadAsync(giveUp))
            {
                await (rest > TimeSpan.Zero
                    ? Task.Delay(rest, clock, giveUp)
                    : pace.WaitAsync(items.Count, giveUp));
                while (batch.Count < options.Limit && items.TryRead(out var waiting))
                {
                    batch.Add(waiting);
                }

                if (batch.Count > 0)
                {
                    pace.Begin(batch.Count);
                    await _stall.DuringAsync(() => CommitAsync(batch, giveUp));
                    batch.Clear();
                }
            }

            return true;
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            batch.ForEach(waiting => waiting.Outcome.TrySetCanceled(giveUp));
            Cancel(items, items.Count, giveUp);
            return false;
        }
    }

    static void Cancel(ChannelReader<Waiting<T>> items, int most, CancellationToken cause)
    {
        for (; most > 0 && items.TryRead(out var waiting); most--)
        {
            waiting.Outcome.TrySetCanceled(cause);
        }
    }

    async Task CommitAsync(IReadOnlyList<Waiting<T>> batch, CancellationToken stop)
    {
        T[] items = [.. batch.Select(waiting => waiting.Item)];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var began = clock.GetTimestamp();
                using var span = Traces.Commit(name, batch.Select(waiting => waiting.Trace));
                await commit(items, stop);
                _stall.Progress();
                Metrics.Batch(name, items.Length, clock.GetElapsedTime(began));
                foreach (var waiting in batch)
                {
                    waiting.Outcome.TrySetResult(null);
                }

                return;
            }
            catch (Exception error) when (error is not OperationCanceledException
                || !stop.IsCancellationRequested)
            {
                if (!await TryAgainAsync(error, attempt, items.Length, stop))
                {
                    await IsolateAsync(batch, error, stop);
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Rests as long as the fault asks; false when trying the same batch again cannot help.
    /// </summary>
    async Task<bool> TryAgainAsync(Exception error, int attempt, int size, CancellationToken stop)
    {
        switch (Database.Classify(error))
        {
            case Fault.Overtaken when attempt <= MostOvertakings:
                Log.BatchOvertaken(log, name, size, attempt);
                return true;
            case Fault.Overtaken or Fault.Transient:
                var rest = FirstRest * Math.Pow(2, Math.Min(attempt - 1, 10));
                rest = rest < options.LongestRest ? rest : options.LongestRest;
                Log.BatchPutOff(log, name, size, attempt, rest.TotalMilliseconds, error);
                await Task.Delay(rest, clock, stop);
                return true;
            case Fault.Locked or Fault.Data:
                return false;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// Halves the batch: the neighbours of a culprit are tried again about log2(size) times, not size times.
    /// </summary>
    async Task IsolateAsync(IReadOnlyList<Waiting<T>> batch, Exception error, CancellationToken stop)
    {
        var locked = Database.Classify(error) == Fault.Locked;
        if (batch.Count == 1)
        {
            _stall.Progress();
            Settle(batch[0], error, locked);
            return;
        }

        if (!locked)
        {
            Log.BatchSplit(log, name, batch.Count, error);
        }

        var half = batch.Count / 2;
        await CommitAsync([.. batch.Take(half)], stop);
        await CommitAsync([.. batch.Skip(half)], stop);
    }

    /// <summary>
    /// What needs a held row is set aside; once no more items come it goes back to its sender instead.
    /// </summary>
    void Settle(Waiting<T> waiting, Exception error, bool locked)
    {
        if (!locked)
        {
            waiting.Outcome.TrySetResult(error);
            return;
        }

        if (!waiting.IsHeldUp && _heldUp.Reader.Count == 0)
        {
            Log.HeldUp(log, name, error);
        }

        waiting.IsHeldUp = true;

        if (!_heldUp.Writer.TryWrite(waiting))
        {
            waiting.Outcome.TrySetCanceled();
        }
    }
}
