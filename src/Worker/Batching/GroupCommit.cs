using System.Diagnostics;
using System.Threading.Channels;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Batching;

/// <summary>How a group commit takes what is waiting.</summary>
sealed record GroupCommitOptions
{
    /// <summary>Most items in one commit. Default 500, range 1–5,000.</summary>
    public int Limit { get; init; } = 500;

    /// <summary>Commits under way at once. Default 1, range 1–16.</summary>
    public int Lanes { get; init; } = 1;

    /// <summary>Longest rest between two tries of a batch while the database is away. Default 2 s.</summary>
    public TimeSpan LongestRest { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// The self-clocking group commit: while one commit is under way the next items gather, and the next commit
/// takes all of them. There is no timer: alone, an item is a batch of one and waits for nobody. Each item
/// learns its own outcome: a batch that fails on its data is split until the culprit stands alone; a batch
/// that fails on the infrastructure is tried again whole.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="options">Limit and lanes.</param>
/// <param name="commit">Commits all items or none.</param>
/// <param name="clock">Measures and rests.</param>
/// <param name="log">Where retries and splits are told.</param>
sealed class GroupCommit<T>(
    string name,
    GroupCommitOptions options,
    Func<IReadOnlyList<T>, CancellationToken, Task> commit,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>
    /// Being overtaken again and again is no race any more; from then on the batch rests in between.
    /// </summary>
    const int MostOvertakings = 5;

    static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(50);

    readonly Channel<Waiting> _waiting =
        Channel.CreateBounded<Waiting>(new BoundedChannelOptions(2 * options.Limit * options.Lanes));

    /// <summary>Hands an item over and waits for its own outcome.</summary>
    /// <returns>Null: committed. Otherwise the error that this item causes alone.</returns>
    /// <exception cref="OperationCanceledException">It stopped before the item was committed.</exception>
    internal async Task<Exception?> SubmitAsync(T item, CancellationToken stop)
    {
        var waiting = new Waiting(item);
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
            .Select(_ => Task.Run(() => RunLaneAsync(stop), CancellationToken.None)),
    ];

    /// <summary>No more items come; what waits is still committed.</summary>
    internal void Complete() => _waiting.Writer.TryComplete();

    async Task RunLaneAsync(CancellationToken stop)
    {
        var batch = new List<Waiting>(options.Limit);
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stop))
            {
                while (batch.Count < options.Limit && _waiting.Reader.TryRead(out var waiting))
                {
                    batch.Add(waiting);
                }

                if (batch.Count > 0)
                {
                    await CommitAsync(batch, stop);
                    batch.Clear();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // First nothing more may come in; then what came in before learns that it was not committed.
            Complete();
            batch.ForEach(waiting => waiting.Outcome.TrySetCanceled(stop));
            while (_waiting.Reader.TryRead(out var waiting))
            {
                waiting.Outcome.TrySetCanceled(stop);
            }
        }
    }

    async Task CommitAsync(IReadOnlyList<Waiting> batch, CancellationToken stop)
    {
        T[] items = [.. batch.Select(waiting => waiting.Item)];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var began = clock.GetTimestamp();
                using var span = Traces.Commit(name, batch.Select(waiting => waiting.Trace));
                await commit(items, stop);
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
            case Fault.Data:
                return false;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// Halves the batch: the neighbours of a culprit are tried again about log2(size) times, not size times.
    /// </summary>
    async Task IsolateAsync(IReadOnlyList<Waiting> batch, Exception error, CancellationToken stop)
    {
        if (batch.Count == 1)
        {
            batch[0].Outcome.TrySetResult(error);
            return;
        }

        Log.BatchSplit(log, name, batch.Count, error);
        var half = batch.Count / 2;
        await CommitAsync([.. batch.Take(half)], stop);
        await CommitAsync([.. batch.Skip(half)], stop);
    }

    /// <summary>An item and the place where its sender learns what became of it.</summary>
    sealed class Waiting(T item)
    {
        internal T Item { get; } = item;

        internal ActivityContext Trace { get; } = Traces.Current;

        internal TaskCompletionSource<Exception?> Outcome { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
