using System.CommandLine;
using Npgsql;

namespace Reversals.Tests.Chaos;

/// <summary>Tests the judge before it judges: a clean history has no finding, and each mistake has its
/// own.</summary>
static class CheckerTest
{
    const string WorkerInCheckout = "../../../../../src/Worker/bin/Chaos/net10.0/reversal-worker";
    const int Many = 100_000;
    static readonly TimeSpan Enough = TimeSpan.FromSeconds(30);

    /// <summary>The verb <c>oracle</c>.</summary>
    internal static Command Verb()
    {
        var worker = new Option<string>("--worker")
        {
            Description = "The worker's executable",
            DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, WorkerInCheckout),
        };
        var verb = new Command("oracle", "Test the oracle itself: each mistake in a told history must be found")
        {
            worker, new Option<string?>("--state") { Hidden = true },
        };
        verb.SetAction((parsed, _) => RunAsync(
            Environment.GetEnvironmentVariable("ConnectionStrings__Postgres")
                ?? throw new InvalidOperationException("start this with tests/chaos.sh"),
            parsed.GetValue(worker)!));
        return verb;
    }

    /// <param name="server">A server on which databases may be made.</param>
    /// <param name="worker">The worker's executable, which brings the tables.</param>
    /// <returns>0: all passed.</returns>
    static async Task<int> RunAsync(string server, string worker)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"oracle_{Environment.ProcessId}");
        var settings = new NpgsqlConnectionStringBuilder(server) { Pooling = false };
        await ExecuteAsync(settings.ConnectionString, $"CREATE DATABASE {name}");
        var books = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = name };
        try
        {
            await ChildProcess.MigrateAsync(
                worker, [new("ConnectionStrings__Postgres", books.ConnectionString)]);
            var database = new HistoryDatabase(books.ConnectionString);
            await database.PrepareAsync();
            return await JudgeAllAsync(database);
        }
        finally
        {
            await ExecuteAsync(settings.ConnectionString, $"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    static async Task<int> JudgeAllAsync(HistoryDatabase database)
    {
        var (passed, failed) = (0, 0);
        Count("A clean history has no finding", await database.JudgeAsync(SoundHistory.Tell()), expected: null);
        Count(
            "What is delivered again may come late", await database.JudgeAsync(DeliveredAgain()),
            expected: null);
        foreach (var mistake in HistoryMistakes.All)
        {
            var history = SoundHistory.Tell();
            mistake.Make(history);
            Count(mistake.Name, await database.JudgeAsync(history), mistake.Invariant);
        }

        Count("A session idle in transaction", await IdleAsync(database), 11);
        Count($"A clean history of {Many} reversals has no finding", await ManyAsync(database), expected: null);
        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;

        void Count(string name, IReadOnlyList<Finding> findings, int? expected)
        {
            if (expected is null ? findings.Count == 0 : findings.Any(one => one.Invariant == expected
                && (one.ReferenceId is null || one.History.Count > 0)))
            {
                passed++;
                return;
            }

            failed++;
            var wanted = expected is null ? "nothing" : $"invariant {expected}";
            Console.WriteLine($"{name}: expected {wanted}, found {findings.Count}");
            foreach (var finding in findings.Take(5))
            {
                Console.WriteLine($"  {finding.Invariant}: {finding.Text}");
            }
        }
    }

    /// <summary>Of two events of a bill the first was on its way when its subscriber lost the node.</summary>
    static ToldHistory DeliveredAgain()
    {
        var history = SoundHistory.Tell();
        (history.Heard[0], history.Heard[1]) =
            (history.Heard[1], history.Heard[0] with { Redelivered = true });
        return history;
    }

    static async Task<IReadOnlyList<Finding>> IdleAsync(HistoryDatabase database)
    {
        await using var idle = new NpgsqlConnection(database.ConnectionString);
        await idle.OpenAsync();
        await using var began = await idle.BeginTransactionAsync();
        await using var one = new NpgsqlCommand("SELECT 1", idle, began);
        await one.ExecuteScalarAsync();

        // The oracle overlooks what lasts less than a second: a commit that is just under way.
        var since = Stopwatch.GetTimestamp();
        var before = await Checker.RememberAsync(await EmptyAsync(database));
        IReadOnlyList<Finding> findings;
        do
        {
            findings = await Checker.CheckAsync(
                database.ConnectionString, before, [], [], [], new QueueCounts(0, 0, []));
        }
        while (findings.Count == 0 && Stopwatch.GetElapsedTime(since) < Enough);
        return findings;
    }

    static async Task<string> EmptyAsync(HistoryDatabase database)
    {
        await database.JudgeAsync(new ToldHistory());
        return database.ConnectionString;
    }

    static async Task<IReadOnlyList<Finding>> ManyAsync(HistoryDatabase database)
    {
        var history = new ToldHistory();
        for (var number = 1; number <= Many; number++)
        {
            var reference = string.Create(CultureInfo.InvariantCulture, $"REV-{number}");
            history.Bill(number, "acme", "open", 10m);
            history.Pay(number, number, 10m);
            history.Ask("valid", "acme", reference, $"PAY-{number}", 10m);
            history.Apply(reference, number, 10m);
        }

        var findings = await database.JudgeAsync(history);
        Console.WriteLine($"{Many} reversals were judged in {database.Took.TotalSeconds:0.0} s");
        return database.Took < Enough
            ? findings
            : [new Finding { Invariant = 0, Text = "too slow", History = [] }];
    }

    static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
