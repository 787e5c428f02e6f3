using System.Diagnostics;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>An item and the place where its sender learns what became of it.</summary>
sealed class PendingItem<T>(T item)
{
    readonly TaskCompletionSource<Exception?> _outcome =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    StallDetector? _setAside;

    internal T Item { get; } = item;

    /// <summary>The span of its sender; links the commit to it.</summary>
    internal ActivityContext Trace { get; } = Traces.Current;

    /// <summary>Null: committed. Otherwise the error that this item causes alone.</summary>
    internal Task<Exception?> Outcome => _outcome.Task;

    /// <summary>Whether it waits beside the lanes.</summary>
    internal bool IsSetAside => _setAside is not null;

    /// <summary>It waits beside the lanes until it has its outcome.</summary>
    internal void SetAside(StallDetector stall, Exception error)
    {
        if (_setAside is null)
        {
            _setAside = stall;
            stall.Add(error);
        }
    }

    internal void Complete(Exception? error = null)
    {
        Leave();
        _outcome.TrySetResult(error);
    }

    internal void Cancel(CancellationToken cause = default)
    {
        Leave();
        _outcome.TrySetCanceled(
            cause.IsCancellationRequested ? cause : new CancellationToken(canceled: true));
    }

    void Leave() => Interlocked.Exchange(ref _setAside, value: null)?.Remove();
}
