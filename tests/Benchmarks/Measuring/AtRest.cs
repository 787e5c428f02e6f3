using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>What a contestant costs while nothing happens, and how long its start takes.</summary>
sealed class AtRest(BenchOptions options, Stage stage)
{
    internal async Task<Figure[]> RunAsync() => [await IdleAsync(), await StartAsync()];

    async Task<Figure> IdleAsync()
    {
        var (before, began) = (Cpu(), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(options.AloneSeconds));
        var (used, seconds) = (Cpu() - before, Stopwatch.GetElapsedTime(began).TotalSeconds);
        return new Figure
        {
            Contestant = stage.Name,
            Measured = Phase.Idle,
            Messages = 0,
            Seconds = seconds,
            IdleMilliseconds = 1e3 * used / seconds,
        };
    }

    /// <summary>A request waits in the queue when the process begins.</summary>
    async Task<Figure> StartAsync()
    {
        await stage.StopAsync();
        await stage.FillAsync(1);
        var began = Stopwatch.GetTimestamp();
        await stage.StartAsync(options);
        var ready = Stopwatch.GetElapsedTime(began);
        var first = await stage.HeardAsync(began);
        return new Figure
        {
            Contestant = stage.Name,
            Measured = Phase.Start,
            Messages = 1,
            Seconds = first,
            ReadyMilliseconds = ready.TotalMilliseconds,
            FirstEventMilliseconds = 1e3 * first,
        };
    }

    double Cpu() => stage.Pids.Sum(Proc.TreeCpuSeconds);
}
