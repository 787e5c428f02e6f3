namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>Counts the messages of a queue that are taken and neither acknowledged nor given back.</summary>
sealed class Unacknowledged
{
    int _count;

    internal int Count => Volatile.Read(ref _count);

    /// <summary>One more until this ends.</summary>
    internal async Task DuringAsync(Task delivery)
    {
        Interlocked.Increment(ref _count);
        try
        {
            await delivery;
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }
}

/// <summary>The counts of this worker's two queues.</summary>
sealed class UnacknowledgedCounts
{
    internal Unacknowledged Requests { get; } = new();

    internal Unacknowledged DeadLetters { get; } = new();
}
