using System.Diagnostics;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Batching;

/// <summary>An item and the place where its sender learns what became of it.</summary>
sealed class Waiting<T>(T item)
{
    internal T Item { get; } = item;

    /// <summary>The span of its sender; links the commit to it.</summary>
    internal ActivityContext Trace { get; } = Traces.Current;

    /// <summary>Whether it once needed a row that somebody held.</summary>
    internal bool IsHeldUp { get; set; }

    internal TaskCompletionSource<Exception?> Outcome { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
