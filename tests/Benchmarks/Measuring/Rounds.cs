using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>All contestants in turn, again and again, each on a copy of the same books.</summary>
sealed class Rounds(BenchOptions options, Servers servers, Figures figures)
{
    /// <summary>So much more than a closed loop got through is offered to find what an open one does.</summary>
    const double Overload = 1.2;

    /// <summary>Percent of the requests on a bill that came before, in the phase of such.</summary>
    const int Half = 50;

    internal async Task RunAsync()
    {
        var shape = options.UsualShape;
        var template = await servers.CreateMigratedAsync();
        await Seed.FillAsync(servers.ConnectionString(template), shape);
        double? capacity = null;
        for (var round = 1; round <= options.Rounds; round++)
        {
            figures.Round = round;
            if (options.Takes(Runs.Probe) && options.AloneSeconds > 0)
            {
                figures.Add(await Hops.RunAsync(options, servers));
            }

            // Who comes first finds another machine than who comes last; so they change places.
            var order = Contestant.All.Where(contestant => options.Takes(contestant));
            foreach (var contestant in round % 2 == 1 ? order : order.Reverse())
            {
                var database = await servers.CreateAsync(template);
                if (contestant == Contestant.Nothing)
                {
                    figures.Add(await NothingRun.RunAsync(options, servers, database));
                    continue;
                }

                if (contestant == Contestant.Door)
                {
                    (await new DoorRun(options, servers).RunAsync(shape, database)).ForEach(figures.Add);
                    continue;
                }

                var measured = await RunAsync(contestant, shape, database, capacity);
                measured.ForEach(figures.Add);
                var sets = contestant is { WithShares: true, HasOwnLoads: false } && options.LoadSeconds > 0;
                capacity ??= sets ? Rate(measured, Phase.Steady) : null;
            }

            if (options.Takes(Runs.Pgbench))
            {
                var found = await new Pgbench(
                    options, servers, shape).RunAsync(await servers.CreateAsync(template));
                found.ForEach(figures.Add);
            }
        }
    }

    async Task<List<Figure>> RunAsync(
        Contestant contestant, Shape shape, string database, double? capacityOfOurs)
    {
        var count = Math.Max(1, options.Count / contestant.Divisor);
        await using var stage = await Stage.OpenAsync(options, servers, contestant, shape, database);
        await stage.StartAsync(options);
        await stage.WarmAsync(Math.Max(1, options.Warmup / contestant.Divisor));
        List<Figure> measured = [await stage.DrainAsync(count), await stage.FlowAsync(count)];
        await RunUsualAsync(stage, measured);
        if (contestant.WithShares && options.LoadSeconds > 0)
        {
            // The same load for all but the peers, so that latencies can be compared.
            var flow = Rate(measured, Phase.Flow);
            measured.Add(await stage.SteadyAsync(Overload * flow, options.LoadSeconds / 2.0));
            var own = Rate(measured, Phase.Steady);
            var capacity = contestant.HasOwnLoads ? own : capacityOfOurs ?? own;
            measured.Add(await stage.LoadAsync(Phase.Half, 0.5 * capacity, options.LoadSeconds));
            stage.SameBill = Half;
            measured.Add(await stage.LoadAsync(Phase.Again, 0.5 * capacity, options.LoadSeconds));
            stage.SameBill = options.SameBill;
            measured.Add(await stage.LoadAsync(Phase.Ninety, 0.9 * capacity, options.LoadSeconds));
        }

        if (contestant.WithShares && options.AloneSeconds > 0)
        {
            measured.AddRange(await new AtRest(options, stage).RunAsync());
        }

        await stage.CheckAsync();
        return measured;
    }

    /// <summary>The loads that users really have.</summary>
    async Task RunUsualAsync(Stage stage, List<Figure> measured)
    {
        if (options.AloneSeconds > 0)
        {
            measured.Add(await stage.LoadAsync(Phase.Alone, rate: 1, options.AloneSeconds));
        }

        foreach (var rate in options.LoadSeconds > 0 ? Phase.Rates : [])
        {
            measured.Add(await stage.LoadAsync(Phase.Of(rate), rate, options.LoadSeconds));
        }
    }

    static double Rate(List<Figure> measured, string phase) => measured.Single(
        figure => string.Equals(figure.Measured, phase, StringComparison.Ordinal)).MessagesPerSecond;
}
