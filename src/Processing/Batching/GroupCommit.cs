using System.Collections.Concurrent;
using System.Threading.Channels;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>Commits all items or none.</summary>
/// <param name="items">The items.</param>
/// <param name="isAlone">One item that keeps nobody waiting: it may take all the time there is.</param>
/// <param name="stop">Gives up.</param>
delegate Task CommitItems<in T>(IReadOnlyList<T> items, bool isAlone, CancellationToken stop);

/// <summary>
/// The self-clocking group commit: while one commit is under way the next items gather, and the next commit
/// takes all of them. Alone, an item is a batch of one and waits for nobody. Each item learns its own
/// result. A batch that fails on its data is split until the culprit stands alone. A batch that fails on the
/// infrastructure is tried again whole. A batch that needs a row somebody holds is split too, and the items
/// that need the row are tried again beside the lanes, so that no other item waits with them. So is an item
/// for which the infrastructure seems to fail while it serves all others.
/// From here to a commit's SQL are three steps: <see cref="CommitLane{T}"/> takes,
/// <see cref="BatchCommitter{T}"/> retries and splits, and the <see cref="CommitItems{T}"/> commits.
/// </summary>
sealed class GroupCommit<T> : IDisposable
{
    static readonly TimeSpan LockWaitBackoff = TimeSpan.FromMilliseconds(500);

    readonly string _name;
    readonly GroupCommitOptions _options;
    readonly IsolationOptions _isolation;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly BatchCommitter<T> _committer;
    readonly SuspectLane<T> _suspects;
    readonly Channel<BatchItem<T>> _waiting;
    readonly Channel<BatchItem<T>> _lockWaits = Channel.CreateUnbounded<BatchItem<T>>();
    readonly ConcurrentDictionary<BatchItem<T>, long> _heldSince = new();
    readonly InFlight _inFlight = new();

    /// <param name="name">Name in logs and metrics.</param>
    /// <param name="options">Limit, lanes and pace.</param>
    /// <param name="commit">Commits all items or none.</param>
    /// <param name="clock">Measures and waits.</param>
    /// <param name="log">Where retries and splits are logged.</param>
    /// <param name="isolation">When a fault that looks like the server's may be one item's.</param>
    public GroupCommit(
        string name,
        GroupCommitOptions options,
        CommitItems<T> commit,
        TimeProvider clock,
        ILogger log,
        IsolationOptions? isolation = null)
    {
        (_name, _options, _clock, _log) = (name, options, clock, log);
        _isolation = isolation ?? new IsolationOptions();
        Stall = new StallDetector(clock);
        _waiting = Channel.CreateBounded<BatchItem<T>>(
            new BoundedChannelOptions(2 * options.Limit * options.Lanes));
        _committer = new BatchCommitter<T>(
            name, options, _isolation, commit, FailsAlone, Stall, clock, log);
        _suspects = new SuspectLane<T>(
            name, options, _isolation, commit, FailsAlone, Stall, _inFlight, Complete, clock, log);
    }

    /// <summary>For how long nothing could be committed, and why.</summary>
    internal StallDetector Stall { get; }

    /// <summary>Items that have waited so long for a row that somebody holds; the oldest first.</summary>
    internal IReadOnlyList<T> LockWaits(TimeSpan longerThan, int most) =>
    [
        .. _heldSince.Where(one => _clock.GetElapsedTime(one.Value) > longerThan)
            .OrderBy(one => one.Value).Take(most).Select(one => one.Key.Item),
    ];

    public void Dispose()
    {
        _inFlight.Dispose();
        _suspects.Dispose();
    }

    /// <summary>Hands an item over and waits for its own result.</summary>
    /// <exception cref="OperationCanceledException">
    /// It was given back, or all stopped, before the item was committed.
    /// </exception>
    internal async Task<CommitResult> SubmitAsync(T item, CancellationToken stop)
    {
        var pending = new BatchItem<T>(item);
        try
        {
            await _waiting.Writer.WriteAsync(pending, stop);
        }
        catch (ChannelClosedException closed)
        {
            throw new OperationCanceledException("The worker is stopping.", closed, stop);
        }

        return await pending.Result;
    }

    /// <summary>Runs the lanes until <see cref="Complete"/> was called and all items are done.</summary>
    /// <param name="stop">Gives up: items not committed by then are cancelled.</param>
    internal Task RunAsync(CancellationToken stop) => Task.WhenAll(Start(stop));

    /// <inheritdoc cref="RunAsync"/>
    /// <returns>A task for each lane: one that ended alone is seen at once.</returns>
    internal IReadOnlyList<Task> Start(CancellationToken stop) =>
    [
        .. Enumerable.Range(0, _options.Lanes).Select(_ =>
            Task.Run(() => Lane(_waiting, TimeSpan.Zero).RunAsync(stop), CancellationToken.None)),
        Task.Run(() => Lane(_lockWaits, LockWaitBackoff).RunAsync(stop), CancellationToken.None),
        Task.Run(() => _suspects.RunAsync(stop), CancellationToken.None),
    ];

    /// <summary>
    /// No more items come; what waits is still committed, unless it was set aside.
    /// </summary>
    internal void Complete()
    {
        _waiting.Writer.TryComplete();
        GiveBackSetAside();
    }

    /// <summary>
    /// From now on nothing waits beside the lanes: what cannot be committed at once goes back to its sender.
    /// </summary>
    internal void GiveBackSetAside()
    {
        _lockWaits.Writer.TryComplete();
        _suspects.Complete();
    }

    /// <summary>
    /// Holds nothing any more: whatever is not committed by now is cancelled. What comes later is taken.
    /// </summary>
    internal void GiveBack() => _inFlight.GiveBack();

    CommitLane<T> Lane(ChannelReader<BatchItem<T>> items, TimeSpan backoff) =>
        new(items, backoff, _options, _committer, _inFlight, Complete, _clock);

    /// <summary>
    /// What needs a held row, or seems to suffer alone from the server's fault, is set aside; once no more
    /// items come it goes back to its sender instead.
    /// </summary>
    void FailsAlone(BatchItem<T> item, Exception error)
    {
        var fault = Faults.Classify(error);
        if (fault == Fault.Data && !_isolation.KeepsWhatFails)
        {
            item.Complete(new Failed(error));
            return;
        }

        var isLockWait = fault == Fault.LockWait;
        if (isLockWait && !item.IsSetAside && _lockWaits.Reader.Count == 0)
        {
            Log.HeldUp(_log, _name, error);
        }

        if (isLockWait && _heldSince.TryAdd(item, _clock.GetTimestamp()))
        {
            _ = RemoveWhenDoneAsync(item);
        }

        item.SetAside(Stall, error);
        if (!(isLockWait ? _lockWaits.Writer.TryWrite(item) : _suspects.TryAdd(item)))
        {
            item.Cancel();
        }
    }

    async Task RemoveWhenDoneAsync(BatchItem<T> item)
    {
        await ((Task)item.Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _heldSince.TryRemove(item, out _);
    }
}
