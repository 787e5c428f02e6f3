using System.Diagnostics;
using System.Threading.Channels;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>What became of an item. A closed set: committed or failed.</summary>
abstract record CommitResult
{
    private protected CommitResult()
    {
    }
}

/// <summary>The item is committed.</summary>
sealed record Committed : CommitResult
{
    internal static readonly Committed Result = new();
}

/// <summary>The item alone causes an error, and nothing that belongs to it is committed.</summary>
/// <param name="Error">What it causes.</param>
sealed record Failed(Exception Error) : CommitResult;

/// <summary>An item and the place where its sender learns what became of it.</summary>
sealed class BatchItem<T>(T item)
{
    readonly TaskCompletionSource<CommitResult> _result =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    StallDetector? _setAside;

    internal T Item { get; } = item;

    /// <summary>The span of its sender; links the commit to it.</summary>
    internal ActivityContext Trace { get; } = Traces.Current;

    internal Task<CommitResult> Result => _result.Task;

    /// <summary>Whether it waits beside the lanes.</summary>
    internal bool IsSetAside => _setAside is not null;

    /// <summary>It waits beside the lanes until it has its result.</summary>
    internal void SetAside(StallDetector stall, Exception error)
    {
        if (_setAside is null)
        {
            _setAside = stall;
            stall.Add(error);
        }
    }

    internal void Complete(CommitResult result)
    {
        Leave();
        _result.TrySetResult(result);
    }

    internal void Cancel(CancellationToken cause = default)
    {
        Leave();
        _result.TrySetCanceled(
            cause.IsCancellationRequested ? cause : new CancellationToken(canceled: true));
    }

    /// <summary>Cancels what waits in a channel, at most a number of items.</summary>
    internal static void Cancel(ChannelReader<BatchItem<T>> items, int most, CancellationToken cause)
    {
        for (; most > 0 && items.TryRead(out var item); most--)
        {
            item.Cancel(cause);
        }
    }

    void Leave() => Interlocked.Exchange(ref _setAside, value: null)?.Remove();
}
