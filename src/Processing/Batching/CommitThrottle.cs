using Reversals.Processing.Configuration;

namespace Reversals.Processing.Batching;

/// <summary>
/// Limits how often the commits of a lane begin while items come together. A commit of few items costs
/// worker, PostgreSQL and broker nearly as much as a commit of many. If each commit took only what came
/// during the last, half the greatest load would leave no core idle, and every item would wait for a core.
/// </summary>
/// <param name="options">Limit and interval.</param>
/// <param name="clock">Measures and waits.</param>
sealed class CommitThrottle(GroupCommitOptions options, TimeProvider clock)
{
    /// <summary>Fewer at once are no load: after them nobody waits.</summary>
    const int Several = 4;

    bool _underLoad;
    long _beganAt;

    /// <summary>A commit of this number of items begins.</summary>
    internal void Begin(int items) => (_underLoad, _beganAt) = (items >= Several, clock.GetTimestamp());

    /// <summary>Done when the next commit may begin; with a full one waiting that is at once.</summary>
    internal Task WaitAsync(int waiting, CancellationToken stop) =>
        _underLoad && waiting < options.Limit
            && options.Interval - clock.GetElapsedTime(_beganAt) is { Ticks: > 0 } left
            ? Task.Delay(left, clock, stop)
            : Task.CompletedTask;
}
