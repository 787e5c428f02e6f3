using Microsoft.Extensions.Logging.Abstractions;

namespace Reversals.Tests.Unit;

/// <summary>A running group commit whose commits are remembered, and behave as the test says.</summary>
sealed class CommitLog : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    readonly Kept<IReadOnlyList<int>> _tried = new();
    readonly Kept<IReadOnlyList<int>> _done = new();
    readonly CancellationTokenSource _stop = new();
    readonly SemaphoreSlim _begun = new(0);
    readonly GroupCommit<int> _group;

    internal CommitLog(
        Func<IReadOnlyList<int>, CancellationToken, Task> commit, GroupCommitOptions? options = null,
        TimeProvider? clock = null, IsolationOptions? isolation = null,
        Func<int, CancellationToken, Task>? alone = null)
    {
        _group = new GroupCommit<int>(
            "test",
            options ?? new GroupCommitOptions(),
            async (items, isAlone, stop) =>
            {
                if (isAlone && alone is not null)
                {
                    await alone(items[0], stop);
                    return;
                }

                _tried.Add(items);
                _begun.Release();
                await commit(items, stop);
                _done.Add(items);
            },
            clock ?? new ImpatientClock(),
            NullLogger.Instance,
            isolation);
        Run = _group.RunAsync(_stop.Token);
    }

    /// <summary>The lanes.</summary>
    internal Task Run { get; }

    /// <summary>The batches that were tried, in order.</summary>
    internal IReadOnlyList<IReadOnlyList<int>> Tried => _tried.All;

    /// <summary>The batches that were committed, in order.</summary>
    internal IReadOnlyList<IReadOnlyList<int>> Done => _done.All;

    internal Task<CommitResult> SubmitAsync(int item) => SubmitUntilAsync(item, CancellationToken.None);

    internal Task<CommitResult> SubmitUntilAsync(int item, CancellationToken stop) =>
        _group.SubmitAsync(item, stop).WaitAsync(Deadline, CancellationToken.None);

    internal Task<CommitResult>[] Submit(IEnumerable<int> items) => [.. items.Select(SubmitAsync)];

    /// <summary>Commits 0 … size − 1 as one batch, behind a commit of −1 that waits for the gate.</summary>
    internal async Task<CommitResult[]> CommitTogetherAsync(TaskCompletionSource gate, int size)
    {
        var first = SubmitAsync(-1);
        await CommitBegunAsync();
        var others = Submit(Enumerable.Range(0, size));
        gate.SetResult();
        (await first).ShouldBe(Committed.Result);
        return await Task.WhenAll(others);
    }

    /// <summary>Waits until one more commit has begun.</summary>
    internal async Task CommitBegunAsync() =>
        (await _begun.WaitAsync(Deadline, CancellationToken.None)).ShouldBeTrue("no commit began in time");

    internal StallDetector Stall => _group.Stall;

    internal void Complete() => _group.Complete();

    internal void GiveBack() => _group.GiveBack();

    internal Task StopAsync() => _stop.CancelAsync();

    internal Task EndedAsync() => Run.WaitAsync(Deadline, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _begun.Dispose();
        _group.Dispose();
    }
}
