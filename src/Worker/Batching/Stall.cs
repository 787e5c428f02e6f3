namespace Reversals.Worker.Batching;

/// <summary>Measures how long commits have been tried in vain.</summary>
sealed class Stall(TimeProvider clock)
{
    int _underWay;
    long _progressAt;

    /// <summary>How long there was something to commit and nothing was; zero while all is well.</summary>
    internal TimeSpan Length => Volatile.Read(ref _underWay) > 0
        ? clock.GetElapsedTime(Volatile.Read(ref _progressAt))
        : TimeSpan.Zero;

    /// <summary>Counts while a batch is tried.</summary>
    internal async Task DuringAsync(Func<Task> commit)
    {
        if (Interlocked.Increment(ref _underWay) == 1)
        {
            Progress();
        }

        try
        {
            await commit();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>Something was committed, or some item knows what it waits for.</summary>
    internal void Progress() => Volatile.Write(ref _progressAt, clock.GetTimestamp());
}
