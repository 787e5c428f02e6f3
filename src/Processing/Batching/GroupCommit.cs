using System.Threading.Channels;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>
/// The self-clocking group commit: while one commit is under way the next items gather, and the next commit
/// takes all of them. Alone, an item is a batch of one and waits for nobody. Each item learns its own
/// outcome: a batch that fails on its data is split until the culprit stands alone; a batch that fails on
/// the infrastructure is tried again whole; a batch that needs a row somebody holds is split too, and the
/// items that need it are tried again beside the lanes, so that nobody else waits with them. So is an item
/// for which the infrastructure seems to fail while it serves all others.
/// </summary>
sealed class GroupCommit<T> : IDisposable
{
    static readonly TimeSpan LockWaitRest = TimeSpan.FromMilliseconds(500);

    readonly string _name;
    readonly GroupCommitOptions _options;
    readonly IsolationOptions<T> _isolation;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly BatchCommitter<T> _committer;
    readonly SuspectLane<T> _suspects;
    readonly Channel<PendingItem<T>> _waiting;
    readonly Channel<PendingItem<T>> _lockWaits = Channel.CreateUnbounded<PendingItem<T>>();
    CancellationTokenSource _atHand = new();

    /// <param name="name">Name in logs and metrics.</param>
    /// <param name="options">Limit, lanes and pace.</param>
    /// <param name="commit">Commits all items or none.</param>
    /// <param name="clock">Measures and rests.</param>
    /// <param name="log">Where retries and splits are told.</param>
    /// <param name="isolation">When a fault that looks like the server's may be one item's.</param>
    public GroupCommit(
        string name,
        GroupCommitOptions options,
        Func<IReadOnlyList<T>, CancellationToken, Task> commit,
        TimeProvider clock,
        ILogger log,
        IsolationOptions<T>? isolation = null)
    {
        (_name, _options, _clock, _log) = (name, options, clock, log);
        _isolation = isolation ?? new IsolationOptions<T>();
        Stall = new StallDetector(clock);
        _waiting = Channel.CreateBounded<PendingItem<T>>(
            new BoundedChannelOptions(2 * options.Limit * options.Lanes));
        _committer = new BatchCommitter<T>(
            name, options, _isolation, commit, FailsAlone, Stall, clock, log);
        _suspects = new SuspectLane<T>(
            name, options, _isolation,
            _isolation.CommitAloneAsync ?? ((item, stop) => commit([item], stop)),
            FailsAlone, Stall, clock, log);
    }

    /// <summary>For how long nothing could be committed, and why.</summary>
    internal StallDetector Stall { get; }

    public void Dispose()
    {
        _atHand.Dispose();
        _suspects.Dispose();
    }

    /// <summary>Hands an item over and waits for its own outcome.</summary>
    /// <returns>Null: committed. Otherwise the error that this item causes alone.</returns>
    /// <exception cref="OperationCanceledException">
    /// It was given back, or all stopped, before the item was committed.
    /// </exception>
    internal async Task<Exception?> SubmitAsync(T item, CancellationToken stop)
    {
        var waiting = new PendingItem<T>(item);
        try
        {
            await _waiting.Writer.WriteAsync(waiting, stop);
        }
        catch (ChannelClosedException closed)
        {
            throw new OperationCanceledException("The worker is stopping.", closed, stop);
        }

        return await waiting.Outcome;
    }

    /// <summary>Runs the lanes until <see cref="Complete"/> was called and all items are done.</summary>
    /// <param name="stop">Gives up: items not committed by then are cancelled.</param>
    internal Task RunAsync(CancellationToken stop) => Task.WhenAll(Start(stop));

    /// <inheritdoc cref="RunAsync"/>
    /// <returns>A task for each lane: one that ended alone is seen at once.</returns>
    internal IReadOnlyList<Task> Start(CancellationToken stop) =>
    [
        .. Enumerable.Range(0, _options.Lanes).Select(_ =>
            StartLane(_waiting, giveUp => CommitUntilAsync(_waiting, TimeSpan.Zero, giveUp), stop)),
        StartLane(_lockWaits, giveUp => CommitUntilAsync(_lockWaits, LockWaitRest, giveUp), stop),
        StartLane(_suspects.Items, _suspects.RunUntilAsync, stop),
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
    internal void GiveBack() => Interlocked.Exchange(ref _atHand, new()).Cancel();

    Task StartLane(
        ChannelReader<PendingItem<T>> items, Func<CancellationToken, Task> run, CancellationToken stop) =>
        Task.Run(() => RunLaneAsync(items, run, stop), CancellationToken.None);

    async Task RunLaneAsync(
        ChannelReader<PendingItem<T>> items, Func<CancellationToken, Task> run, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Never disposed: whoever gives back may have taken it already. It holds no timer.
            var atHand = Volatile.Read(ref _atHand);
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, atHand.Token);
            try
            {
                await run(giveUp.Token);
                return;
            }
            catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
            {
                Cancel(items, items.Count, giveUp.Token);
            }
        }

        // Nothing more may come in, and what came in meanwhile learns that it was not committed.
        Complete();
        Cancel(items, int.MaxValue, stop);
    }

    /// <summary>Commits what comes until nothing more can.</summary>
    async Task CommitUntilAsync(
        ChannelReader<PendingItem<T>> items, TimeSpan rest, CancellationToken giveUp)
    {
        var batch = new List<PendingItem<T>>(_options.Limit);
        var pace = new CommitThrottle(_options, _clock);
        try
        {
            while (await items.WaitToReadAsync(giveUp))
            {
                await (rest > TimeSpan.Zero
                    ? Task.Delay(rest, _clock, giveUp)
                    : pace.WaitAsync(items.Count, giveUp));
                while (batch.Count < _options.Limit && items.TryRead(out var waiting))
                {
                    batch.Add(waiting);
                }

                if (batch.Count > 0)
                {
                    pace.Begin(batch.Count);
                    await _committer.CommitAsync(batch, giveUp);
                    batch.Clear();
                }
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            batch.ForEach(waiting => waiting.Cancel(giveUp));
            throw;
        }
    }

    static void Cancel(ChannelReader<PendingItem<T>> items, int most, CancellationToken cause)
    {
        for (; most > 0 && items.TryRead(out var waiting); most--)
        {
            waiting.Cancel(cause);
        }
    }

    /// <summary>
    /// What needs a held row, or seems to suffer alone from the server's fault, is set aside; once no more
    /// items come it goes back to its sender instead.
    /// </summary>
    void FailsAlone(PendingItem<T> waiting, Exception error)
    {
        var fault = Database.Classify(error);
        if (fault == Fault.Data && !_isolation.KeepsWhatFails)
        {
            waiting.Complete(error);
            return;
        }

        var isLockWait = fault == Fault.LockWait;
        if (isLockWait && !waiting.IsSetAside && _lockWaits.Reader.Count == 0)
        {
            Log.HeldUp(_log, _name, error);
        }

        waiting.SetAside(Stall, error);
        if (!(isLockWait ? _lockWaits.Writer.TryWrite(waiting) : _suspects.TryAdd(waiting)))
        {
            waiting.Cancel();
        }
    }
}
