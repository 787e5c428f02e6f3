using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>The worker alone, on other books, with other messages, or as several processes.</summary>
sealed class Growth(BenchOptions options, Servers servers, Figures figures)
{
    /// <summary>What a memory run calls early.</summary>
    const int Early = 50_000;

    long Needed => options.Warmup + (2L * options.Count);

    Shape Usual => new() { Bills = 10_000, Payments = Needed, SameBill = options.SameBill };

    internal async Task RunAsync()
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            figures.Round = round;
            foreach (var workers in options.Workers)
            {
                await RunAsync(Text($"{workers} worker(s)"), Usual, workers);
            }

            foreach (var bills in options.Bills)
            {
                await RunAsync(Runs.Bills(bills), ShapeOf(bills));
            }

            await RunMixesAsync();
            await RunHeldAsync();
            await RunStandbyAsync();
            if (options.Retention > 0)
            {
                await using var stage = await OpenAsync(Usual with
                {
                    Payments = options.Warmup
                        + (2 * Runs.RetentionRate * (options.LoadSeconds + Stage.RampSeconds)),
                });
                await new RetentionRun(options, figures).RunAsync(stage);
            }

            if (options.Backlog > 0)
            {
                await RememberAsync();
            }
        }
    }

    /// <summary>
    /// Makes the books of the runs over so many bills and leaves them for a later run, which uses them up.
    /// </summary>
    internal async Task SeedAsync()
    {
        foreach (var shape in options.Bills.Select(ShapeOf))
        {
            var database = await servers.CreateMigratedAsync();
            await Seed.FillAsync(servers.ConnectionString(database), shape);
            await servers.LeaveAsync(database, BooksOf(shape));
        }
    }

    Shape ShapeOf(long bills) => new()
    {
        Bills = bills, Payments = Math.Max(bills, Needed), Past = options.Past ? bills : 0,
        // Fewer payments than requests would leave some of these without one.
        Recent = options.Recent == 0 ? 0 : Math.Max(options.Recent, Needed), SameBill = options.SameBill,
    };

    static string BooksOf(Shape shape) => Text($"bench_books_{shape.Bills}_{shape.Payments}_{shape.Past}");

    async Task RunMixesAsync()
    {
        if (options.Hot)
        {
            await RunAsync("one hot bill", Usual with { Hot = true });
        }

        if (options.Duplicates > 0)
        {
            await RunAsync(
                Text($"{options.Duplicates} % duplicates"), Usual with { Duplicates = options.Duplicates });
        }

        if (options.Rejections > 0)
        {
            await RunAsync(
                Text($"{options.Rejections} % rejections"), Usual with { Rejections = options.Rejections });
        }
    }

    /// <summary>An hour of somebody else's open transaction, beside none; each comes first in turn.</summary>
    async Task RunHeldAsync()
    {
        long[] turns = options.Held == 0 ? [] : figures.Round % 2 == 1 ? [0, options.Held] : [options.Held, 0];
        foreach (var dead in turns)
        {
            await RunAsync(dead == 0 ? Runs.XminFree : Runs.XminHeld, Usual, dead: dead);
        }
    }

    async Task RunStandbyAsync()
    {
        bool[] turns = !options.Standby ? [] : figures.Round % 2 == 1 ? [false, true] : [true, false];
        var standby = new Standby(servers.ConnectionString("postgres"));
        foreach (var isSynchronous in turns)
        {
            await (isSynchronous ? standby.StartAsync() : standby.StopAsync());
            await RunAsync(isSynchronous ? Runs.Standby : Runs.NoStandby, Usual);
        }
    }

    async Task RunAsync(string name, Shape shape, int workers = 1, long dead = 0)
    {
        await using var stage = await OpenAsync(shape);
        await using var held = dead == 0 ? null : await HeldOutbox.MakeAsync(stage.Postgres, dead);
        await stage.StartAsync(options, workers);
        await stage.WarmAsync(options.Warmup);
        Figure[] measured = [await stage.DrainAsync(options.Count), await stage.FlowAsync(options.Count)];
        await stage.CheckAsync();
        if (shape.Bills != Usual.Bills)
        {
            figures.Append(new { name, plans = await Plans.ReadAsync(stage.Postgres) });
        }

        foreach (var figure in measured)
        {
            figures.Add(figure with { Contestant = name });
        }
    }

    /// <summary>
    /// A backlog so large that a leak would show. It builds up while no worker runs: a stopped one would lose
    /// its connection over it.
    /// </summary>
    async Task RememberAsync()
    {
        await using var stage = await OpenAsync(Usual with { Payments = options.Backlog });
        await stage.StartAsync(options);
        await stage.StopAsync();
        await stage.FillAsync(options.Backlog);
        await stage.StartAsync(options);
        var pid = stage.Pids.Single();
        var began = TimeProvider.System.GetTimestamp();
        var memory = new List<double>();
        double? early = null;
        var all = stage.HearAllAsync();
        while (await Task.WhenAny(all, Task.Delay(TimeSpan.FromMilliseconds(100))) != all)
        {
            memory.Add(Proc.Mebibytes(pid, "VmRSS") ?? 0);
            if (early is null && stage.Heard >= Math.Min(Early, options.Backlog / 2))
            {
                early = Middle(memory);
            }
        }

        await all;
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var figure = new Figure
        {
            Contestant = Runs.Backlog,
            Measured = Phase.Memory,
            Messages = options.Backlog,
            Seconds = seconds,
            MebibytesAtMost = Proc.Mebibytes(pid, "VmHWM"),
            MebibytesEarly = early,
            MebibytesLate = Middle(memory),
        };
        await stage.CheckAsync();
        figures.Add(figure);
    }

    async Task<Stage> OpenAsync(Shape shape)
    {
        var database = BooksOf(shape);
        if (shape.Hot || !await servers.AdoptAsync(database))
        {
            database = await servers.CreateMigratedAsync();
            await Seed.FillAsync(servers.ConnectionString(database), shape);
        }

        var stage = await Stage.OpenAsync(options, servers, Contestant.Ours, shape, database);
        await Seed.WarmAsync(servers.ConnectionString(database));
        return stage;
    }

    /// <summary>
    /// The median of the last two seconds: a single sample shows where the collector happens to stand.
    /// </summary>
    static double Middle(List<double> samples) => Figures.Median(samples.TakeLast(20));

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
