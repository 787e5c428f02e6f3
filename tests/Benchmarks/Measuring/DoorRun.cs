using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>
/// The worker behind the gateway, asked by callers who wait for their answers. The tap hears the events as
/// it does for every contestant.
/// </summary>
sealed class DoorRun(BenchOptions options, Servers servers)
{
    /// <summary>Who waits at once in the closed loop, and in the measurement of the memory.</summary>
    const int Waiting = 1_000;

    const int Waves = 5;

    static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a wave is kept waiting: well below the gateway's own patience of 10 s.</summary>
    const int SamplesOfWave = 20;

    readonly int _port = Ports.Free();

    internal async Task<List<Figure>> RunAsync(Shape shape, string database)
    {
        await using var stage = await Stage.OpenAsync(options, servers, Contestant.Door, shape, database);
        await stage.StartAsync(options);
        var worker = stage.Pids.Single();
        var gateway = await Child.StartGatewayAsync(options.Gateway, servers.RabbitMq, _port);
        stage.Join(gateway);
        List<Figure> measured = [await FlowAsync(stage, gateway.Pid)];
        measured.Add(await MemoryAsync(stage, worker, gateway.Pid));
        if (options.AloneSeconds > 0)
        {
            measured.Add(await LoadAsync(stage, gateway.Pid, Phase.Alone, rate: 1, options.AloneSeconds));
        }

        foreach (var rate in options.LoadSeconds > 0 ? Phase.Rates : [])
        {
            measured.Add(await LoadAsync(stage, gateway.Pid, Phase.Of(rate), rate, options.LoadSeconds));
        }

        await stage.CheckAsync();
        return measured;
    }

    async Task<Figure> FlowAsync(Stage stage, int gateway)
    {
        using var callers = await Callers.ConnectAsync(_port, Waiting);
        await callers.FlowAsync(stage.Take(options.Warmup));
        await stage.HearAllAsync();
        var messages = stage.Take(options.Count);
        return await MeasureAsync(stage, gateway, Phase.Flow, messages.Length, async () =>
        {
            var began = Stopwatch.GetTimestamp();
            await callers.FlowAsync(messages);
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        });
    }

    /// <summary>
    /// What callers cost that wait: the worker stands still meanwhile. Again and again, so that what one of
    /// them leaves behind would add up.
    /// </summary>
    async Task<Figure> MemoryAsync(Stage stage, int worker, int gateway)
    {
        var before = await MebibytesAsync(gateway, SamplesOfWave);
        using var callers = await Callers.ConnectAsync(_port, Waiting);
        var (waiting, threads) = (0.0, 0.0);
        for (var wave = 0; wave < Waves; wave++)
        {
            Signals.Send(worker, Signals.Stop);
            var answered = callers.FlowAsync(stage.Take(Waiting));
            waiting = Math.Max(waiting, await MebibytesAsync(gateway, SamplesOfWave));
            threads = Math.Max(threads, Proc.Status(gateway, "Threads") ?? 0);
            Signals.Send(worker, Signals.Continue);
            await answered;
        }

        await stage.HearAllAsync();
        return new Figure
        {
            Contestant = Contestant.Door.Name,
            Measured = Phase.Memory,
            Messages = Waves * Waiting,
            Seconds = Waves * SamplesOfWave * Sample.TotalSeconds,
            MebibytesEarly = before,
            MebibytesAtMost = waiting,
            MebibytesLate = await MebibytesAsync(gateway, SamplesOfWave),
            Threads = threads,
        };
    }

    async Task<Figure> LoadAsync(Stage stage, int gateway, string phase, double rate, double seconds)
    {
        Proc.Sync();
        using var callers = await Callers.ConnectAsync(_port, Waiting);
        await callers.ScheduleAsync(stage.Take((int)(rate * Stage.RampSeconds)), rate);
        var messages = stage.Take((int)(rate * seconds));
        double[] took = [];
        var figure = await MeasureAsync(stage, gateway, phase, messages.Length, async () =>
        {
            var began = Stopwatch.GetTimestamp();
            took = await callers.ScheduleAsync(messages, rate);
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        });
        await stage.HearAllAsync();
        // Before all of them are sorted.
        double[] seen = [.. took.Chunk((int)Math.Ceiling(rate)).Select(second => Latencies.Of(second).P99)];
        return Latencies.Of(took).In(figure, rate, seen);
    }

    static async Task<Figure> MeasureAsync(
        Stage stage, int gateway, string phase, int messages, Func<Task<double>> run)
    {
        var before = Proc.CpuSeconds(gateway);
        var figure = await stage.MeasureAsync(phase, messages, run);
        return figure with { GatewayMicroseconds = 1e6 * (Proc.CpuSeconds(gateway) - before) / messages };
    }

    /// <summary>The median of so many samples.</summary>
    static async Task<double> MebibytesAsync(int pid, int count)
    {
        var samples = new List<double>();
        while (samples.Count < count)
        {
            await Task.Delay(Sample);
            samples.Add(Proc.Mebibytes(pid, "VmRSS") ?? 0);
        }

        return Figures.Median(samples.TakeLast(count / 2));
    }
}
