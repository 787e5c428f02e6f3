namespace Reversals.Tests.Unit;

/// <summary>
/// A clock on which every rest is over at once, and which remembers how long each was to be.
/// </summary>
sealed class ImpatientClock : TimeProvider
{
    readonly List<TimeSpan> _rests = [];

    internal IReadOnlyList<TimeSpan> Rests
    {
        get
        {
            lock (_rests)
            {
                return [.. _rests];
            }
        }
    }

    /// <summary>What happens when somebody rests; a test may stop everything there.</summary>
    internal Action OnRest { get; init; } = () => { };

    /// <summary>When set, no rest ever ends by itself.</summary>
    internal bool Stands { get; init; }

    public override ITimer CreateTimer(
        TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_rests)
        {
            _rests.Add(dueTime);
        }

        OnRest();
        if (!Stands)
        {
            callback(state);
        }

        return new Rung();
    }

    sealed class Rung : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
