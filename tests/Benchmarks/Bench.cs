using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Measuring;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks;

/// <summary>A whole run: head, figures, table. Exit codes: 0 measured, 1 void, 2 usage.</summary>
static class Bench
{
    /// <summary>
    /// The drained backlog is built while the worker stands still; longer, and its connection is lost.
    /// </summary>
    const int MostDrained = 200_000;

    internal static async Task<int> RunAsync(BenchOptions options, string commandLine)
    {
        if (Usage(options) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 2;
        }

        try
        {
            await using var servers = await Servers.ConnectAsync(
                Variable("ConnectionStrings__Postgres"), Variable("ConnectionStrings__RabbitMq"));
            var figures = new Figures(options.Json, Console.Error);
            Head(servers, figures, commandLine);
            if (options.OnlySeed)
            {
                await new Growth(options, servers, figures).SeedAsync();
                return 0;
            }

            if (options.OnlyGrowth)
            {
                await new Growth(options, servers, figures).RunAsync();
            }
            else
            {
                await new Rounds(options, servers, figures).RunAsync();
            }

            Console.WriteLine(Table.Of(figures));
            Legend(options);
            return 0;
        }
        catch (BenchmarkException error)
        {
            await Console.Error.WriteLineAsync($"VOID: {error.Message}");
            return 1;
        }
    }

    static string? Usage(BenchOptions options) => 0 switch
    {
        _ when !File.Exists(options.Worker) =>
            $"there is no worker at {options.Worker}; build Worker.sln with -c Release",
        _ when options.Other is { } other && !File.Exists(other) => $"there is no worker at {other}",
        _ when options.Takes(Contestant.Other) && options.Other is null => "the contestant other needs --other",
        _ when options.Takes(Contestant.Before) && !File.Exists(options.BareBefore) =>
            "the contestant bare-before needs --bare-before",
        _ when !options.OnlyGrowth && options.Takes(Contestant.Wolverine) && !File.Exists(options.Peers) =>
            $"there is no {options.Peers}; build tests/Peers with -c Release",
        _ when options.SameBill is < 0 or > 100 => "--same-bill: expected 0 to 100",
        _ when options.Count is < 1 or > MostDrained => $"--count: expected 1 to {MostDrained}",
        _ when options.Warmup < 1 || options.Rounds < 1 => "--warmup, --rounds: expected at least 1",
        _ when options.Standby && Environment.GetEnvironmentVariable(Standby.Variable) is null =>
            "--standby: run tests/bench.sh, which makes the standby of a private PostgreSQL",
        _ when Environment.GetEnvironmentVariable("ConnectionStrings__Postgres") is null
            || Environment.GetEnvironmentVariable("ConnectionStrings__RabbitMq") is null =>
            "set ConnectionStrings__Postgres and ConnectionStrings__RabbitMq, or run tests/bench.sh",
        _ => null,
    };

    static void Head(Servers servers, Figures figures, string commandLine)
    {
        var date = TimeProvider.System.GetUtcNow(
            ).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var load = Host.LoadAverage();
        figures.Append(
            new { date, machine = Host.Describe(), servers = servers.Description, commandLine, load });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            {date}   tests/bench.sh {commandLine}
            {Host.Describe()}, load {load:0.0} before
            {servers.Description}
            The sender and the tap run in one process on the same cores: column bench.

            """));
    }

    static void Legend(BenchOptions options)
    {
        if (options.OnlyGrowth)
        {
            return;
        }

        foreach (var contestant in Contestant.All.Where(contestant => options.Takes(contestant)))
        {
            Console.WriteLine($"{contestant.Name}: {contestant.Legend}");
        }
    }

    static string Variable(string name) => Environment.GetEnvironmentVariable(name)!;
}
