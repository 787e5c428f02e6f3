namespace Reversals.Tests.Chaos.Running;

/// <summary>Times are promised for two cores that nobody else uses; where others do, everything takes longer
/// for a reason that is not the worker's.</summary>
static class Machine
{
    const int Cores = 2;
    static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(150);

    /// <summary>How many times longer work takes than it would alone; 1: nobody else is at work.</summary>
    internal static async Task<double> SlowdownAsync()
    {
        var (began, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Task.WhenAll(Enumerable.Range(0, Cores).Select(_ =>
            Task.Factory.StartNew(
                Spin, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var got = Environment.CpuUsage.TotalTime - used;
        return Math.Max(1, Cores * Stopwatch.GetElapsedTime(began) / got);
    }

    static void Spin()
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Sample)
        {
        }
    }
}
