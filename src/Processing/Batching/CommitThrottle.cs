using Reversals.Processing.Configuration;

namespace Reversals.Processing.Batching;

/// <summary>
/// Limits how often the commits of a lane begin while items come together. A commit of few items costs
/// worker, PostgreSQL and broker nearly as much as a commit of many. If each commit took only what came
/// during the last, half the greatest load would leave no core idle, and every item would wait for a core.
/// How long commits take says how quick the machine is and whether its cores are in use: under load the next
/// one begins no earlier than three usual durations after the last one began, or after the interval.
/// </summary>
/// <param name="options">Limit and interval.</param>
/// <param name="clock">Measures and waits.</param>
sealed class CommitThrottle(GroupCommitOptions options, TimeProvider clock)
{
    /// <summary>Fewer at once are no load: after them nobody waits.</summary>
    const int Several = 4;

    /// <summary>A lane under load commits a third of the time.</summary>
    const int SpacingFactor = 3;

    /// <summary>Over so many commits their duration is smoothed: a slow one delays few others.</summary>
    const int SmoothingWindow = 8;

    bool _underLoad;
    long _beganAt;
    TimeSpan _took;

    /// <summary>Least time between the beginnings of two commits.</summary>
    internal TimeSpan MinimumSpacing =>
        SpacingFactor * _took < options.Interval ? SpacingFactor * _took : options.Interval;

    /// <summary>A commit of this number of items begins.</summary>
    internal void Begin(int items) => (_underLoad, _beganAt) = (items >= Several, clock.GetTimestamp());

    /// <summary>It has ended. One that waited for its server says nothing beyond that it was slow.</summary>
    internal void End()
    {
        var elapsed = clock.GetElapsedTime(_beganAt);
        var took = elapsed < options.Interval ? elapsed : options.Interval;
        _took = _took == TimeSpan.Zero ? took : _took + ((took - _took) / SmoothingWindow);
    }

    /// <summary>Done when the next commit may begin; with a full one waiting that is at once.</summary>
    internal Task WaitAsync(int waiting, CancellationToken stop) =>
        _underLoad && waiting < options.Limit
            && MinimumSpacing - clock.GetElapsedTime(_beganAt) is { Ticks: > 0 } left
            ? Task.Delay(left, clock, stop)
            : Task.CompletedTask;
}
