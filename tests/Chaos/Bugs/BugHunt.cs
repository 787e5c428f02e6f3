using System.CommandLine;
using Dapper;
using Npgsql;

namespace Reversals.Tests.Chaos;

/// <summary>
/// Tests the test: each planted bug must be caught, and the worker as it is must pass the very same runs.
/// </summary>
sealed class BugHunt(string state)
{
    const string Broken = "BROKEN invariant ";

    /// <summary>
    /// How soon the backlog is gone depends on the machine; the bugs are in what the oracle judges.
    /// </summary>
    static readonly int[] OfTheMachine = [8, 10, 11];

    /// <summary>The verb <c>bugs</c>.</summary>
    internal static Command Verb()
    {
        var only = new Option<string?>("--only") { Description = "Names of bugs, with commas (all)" };
        var state = new Option<string?>("--state") { Description = "Folder for the copy of the source" };
        var verb = new Command("bugs", "Plant known bugs in a copy of the worker; each must be caught")
        {
            only, state,
        };
        verb.SetAction((parsed, _) => new BugHunt(Path.GetFullPath(parsed.GetValue(state) ?? "."))
            .RunAsync(parsed.GetValue(only)?.Split(',') ?? []));
        return verb;
    }

    async Task<int> RunAsync(string[] only)
    {
        var bugs = PlantedBug.ReadAll().Where(
            bug => only.Length == 0 || only.Contains(bug.Name, StringComparer.Ordinal)).ToArray();
        if (bugs.Length == 0)
        {
            await Console.Error.WriteLineAsync("no bug has such a name");
            return 2;
        }

        var workshop = Workshop.Open(Path.Combine(state, "workshop"));
        if (await workshop.BuildAsync(bug: null) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 1;
        }

        // While a bug is hunted the next one is planted and built.
        var (passed, failed) = (0, 0);
        var next = workshop.BuildAsync(bugs[0]);
        foreach (var (place, run) in bugs.Select(bug => bug.Run).Distinct(StringComparer.Ordinal).Index())
        {
            var (broken, took) = await ChaosAsync(workshop, bug: null, run, $"as-it-is-{place + 1}");
            Count(Say("as it is", broken.Count == 0, $"{Text(broken)}, {run}", took));
        }

        foreach (var (place, bug) in bugs.Index())
        {
            var misfit = await next;
            next = place + 1 < bugs.Length ? workshop.BuildAsync(bugs[place + 1]) : next;
            Count(await HuntAsync(workshop, bug, misfit));
        }

        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;

        void Count(bool well) => (passed, failed) = well ? (passed + 1, failed) : (passed, failed + 1);
    }

    async Task<bool> HuntAsync(Workshop workshop, PlantedBug bug, string? misfit)
    {
        if (misfit is not null)
        {
            Console.WriteLine($"{bug.Name}: CANNOT BE PLANTED\n{misfit}");
            return false;
        }

        var (broken, took) = await ChaosAsync(workshop, bug, bug.Run, bug.Name);
        workshop.Forget(bug);
        var caught = broken.Intersect(bug.CaughtBy).Any();
        return Say(bug.Name, caught, $"{(caught ? "caught" : "NOT CAUGHT")}, {Text(broken)}", took);
    }

    static bool Say(string what, bool well, string found, TimeSpan took)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: {found}, after {took.TotalSeconds:0} s"));
        return well;
    }

    /// <summary>One run of this program against a worker: the invariants it found broken.</summary>
    async Task<(IReadOnlyList<int> Broken, TimeSpan Took)> ChaosAsync(
        Workshop workshop, PlantedBug? bug, string run, string name)
    {
        await CleanAsync();
        var began = Stopwatch.GetTimestamp();
        var logs = Path.Combine(state, name);
        // With some bugs nothing ever gets done.
        string[] arguments =
        [
            .. run.Split(' '), "--patience", "15", "--worker", workshop.WorkerWith(bug),
            "--gateway", workshop.GatewayWith(bug), "--state", logs,
            .. run.Contains("--gateways", StringComparison.Ordinal) ? (string[])[] : ["--gateways", "0"],
        ];
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Directory.CreateDirectory(logs);
        await File.WriteAllTextAsync(Path.Combine(logs, "said.txt"), said);
        int[] broken =
        [
            .. said.Split('\n').Where(line => line.StartsWith(Broken, StringComparison.Ordinal))
                .Select(line => line[Broken.Length..line.IndexOf(',', StringComparison.Ordinal)])
                .Select(number => int.Parse(number, CultureInfo.InvariantCulture)).Except(OfTheMachine),
        ];
        return said.Contains(" passed, ", StringComparison.Ordinal)
            ? (broken, Stopwatch.GetElapsedTime(began))
            : throw new InvalidOperationException($"The run of {name} did not come to its end; see {logs}.");
    }

    /// <summary>What a run before left in PostgreSQL.</summary>
    static async Task CleanAsync()
    {
        // A run before may have restarted the server: a pool would hold its dead connections.
        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(
            Environment.GetEnvironmentVariable("ConnectionStrings__Postgres")) { Pooling = false }.ConnectionString);
        await database.OpenAsync();
        foreach (var name in await database.QueryAsync<string>(
            "SELECT datname FROM pg_database WHERE datname LIKE 'chaos\\_%'"))
        {
            await database.ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    static string Text(IReadOnlyList<int> broken) =>
        broken.Count == 0 ? "all held" : $"broken: {string.Join(", ", broken)}";
}
