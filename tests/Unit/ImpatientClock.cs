namespace Reversals.Tests.Unit;

/// <summary>A clock on which every rest is over at once, and which remembers how long each was to
/// be.</summary>
sealed class ImpatientClock : TimeProvider
{
    readonly Kept<TimeSpan> _rests = new();
    long _passed;

    internal IReadOnlyList<TimeSpan> Rests => _rests.All;

    /// <summary>What happens when somebody rests; a test may stop everything there.</summary>
    internal Action OnRest { get; init; } = () => { };

    /// <summary>When set, no rest ever ends by itself.</summary>
    internal bool Stands { get; init; }

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _passed);

    /// <summary>It is that much later now.</summary>
    internal void Pass(TimeSpan time) =>
        Interlocked.Add(ref _passed, (long)(time.TotalSeconds * TimestampFrequency));

    public override ITimer CreateTimer(
        TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _rests.Add(dueTime);
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
