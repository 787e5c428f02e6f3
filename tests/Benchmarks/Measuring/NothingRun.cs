using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>
/// The consumer that does nothing sends no events; it says itself how many messages it has had.
/// </summary>
static class NothingRun
{
    internal static async Task<Figure> RunAsync(BenchOptions options, Servers servers, string database)
    {
        await servers.CleanBrokerAsync();
        var all = options.Warmup + options.Count;
        var settings = new Dictionary<string, string>(options.Settings, StringComparer.Ordinal)
        {
            [Mark.Variable] = string.Create(CultureInfo.InvariantCulture, $"{options.Warmup},{all}"),
        };
        var mix = new Mix(options.UsualShape, all);
        await using var sender = await Sender.OpenAsync(servers.RabbitMq, all);
        await using var child = await Child.StartAsync(
            Contestant.Nothing, options.ProgramOf(Contestant.Nothing), servers.ConnectionString(
                database), servers.RabbitMq, settings);
        await sender.FillAsync(mix, options.Warmup);
        await UntilAsync(child, options.Warmup);

        Signals.Send(child.Pid, Signals.Stop);
        await sender.FillAsync(mix, options.Count);
        var cpu = servers.Cpu.Read([child.Pid]);
        var began = Stopwatch.GetTimestamp();
        Signals.Send(child.Pid, Signals.Continue);
        var ended = await UntilAsync(child, all);
        var used = (servers.Cpu.Read([child.Pid]) - cpu).Per(options.Count);
        var memory = Proc.Mebibytes(child.Pid, "VmHWM");
        await child.DisposeAsync();
        if (await servers.WaitingAsync() is var waiting and > 0)
        {
            throw new BenchmarkException(
                $"{Contestant.Nothing.Name}: {waiting} messages came back to the queue");
        }

        await servers.DropAsync(database);
        return new Figure
        {
            Contestant = Contestant.Nothing.Name,
            Measured = Phase.Drain,
            Messages = options.Count,
            Seconds = Stopwatch.GetElapsedTime(began, ended).TotalSeconds,
            WorkerMicroseconds = used.Worker,
            RabbitMqMicroseconds = used.RabbitMq,
            BenchMicroseconds = used.Bench,
            MebibytesAtMost = memory,
        };
    }

    static async Task<long> UntilAsync(Child child, int count)
    {
        await child.UntilAsync(
            () => Task.FromResult(child.SaidAt(Mark.Line(count)) is not null), $"{count} consumed", seconds: 120);
        return child.SaidAt(Mark.Line(count))!.Value;
    }
}
