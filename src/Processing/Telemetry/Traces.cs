using System.Diagnostics;

namespace Reversals.Processing.Telemetry;

/// <summary>
/// The spans of the worker's own: a commit and a publish. They exist only within a trace that somebody
/// records; without one there is nothing but a look at a field.
/// </summary>
static class Traces
{
    /// <summary>Name of the source.</summary>
    internal const string SourceName = "Reversals.Worker";

    static readonly ActivitySource Source = new(SourceName);

    /// <summary>The trace of what runs here; default: none.</summary>
    internal static ActivityContext Current => Activity.Current?.Context ?? default;

    /// <summary>
    /// A commit belongs to the first recorded trace of its batch; those of the others are linked.
    /// </summary>
    internal static Activity? Commit(string name, IEnumerable<ActivityContext> batch)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        ActivityContext[] traces = [.. batch.Where(IsRecorded)];
        return traces.Length == 0
            ? null
            : Source.StartActivity($"commit {name}", ActivityKind.Internal, traces[0],
                tags: null, traces.Skip(1).Select(trace => new ActivityLink(trace)));
    }

    /// <summary>
    /// One of many under way at once, so it is not what runs here; ended by <see cref="Activity.Stop"/>.
    /// </summary>
    /// <param name="exchange">Where the event goes.</param>
    /// <param name="traceParent">The trace context that is stored with the event.</param>
    internal static Activity? Publish(string exchange, string? traceParent)
    {
        if (!Source.HasListeners()
            || !ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var trace)
            || !IsRecorded(trace))
        {
            return null;
        }

        var before = Activity.Current;
        var span = Source.StartActivity(
            $"publish {exchange}", ActivityKind.Producer, trace,
            [
                new("messaging.system", "rabbitmq"),
                new("messaging.operation.type", "send"),
                new("messaging.destination.name", exchange),
            ]);
        Activity.Current = before;
        return span;
    }

    static bool IsRecorded(ActivityContext trace) => trace.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
}
