namespace Reversals.Hosting;

/// <summary>Work that comes again and again while the process runs.</summary>
static class Repeating
{
    /// <summary>Does it at once and then at each interval; returns when stopped.</summary>
    /// <param name="interval">From one to the next.</param>
    /// <param name="clock">Measures.</param>
    /// <param name="work">Keeps its errors to itself: one ends the repeating.</param>
    /// <param name="stop">Nothing more is begun.</param>
    internal static async Task EveryAsync(
        TimeSpan interval, TimeProvider clock, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            do
            {
                await work(stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What was not done is done by another process, or later.
        }
    }
}
