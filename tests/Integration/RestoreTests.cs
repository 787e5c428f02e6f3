using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Postgres;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// What deploy/several-servers.md says to do when the books have forgotten something that subscribers heard: compare,
/// send again, compare. At the end the books and the subscriber agree, and nothing was booked twice.
/// </summary>
public sealed class RestoreTests(Servers servers) : ServerTest(servers)
{
    const int Before = 10;
    const int Forgotten = 10;
    const int All = Before + Forgotten;

    [Fact]
    public async Task After_a_restore_from_a_backup_the_requests_are_sent_again_and_all_agree()
    {
        await Box.Books.ManyAsync(All);
        await WorkAsync(0, Before);
        await CopyAsync(Box.Books.ConnectionString, "_backup");
        await WorkAsync(Before, Forgotten);

        await RestoreAsync(Box.Books.ConnectionString, "_backup");

        // The connections of before went away with the database.
        await using var restored = new Books(Box.Books.ConnectionString);
        await AgreeAfterSendingAgainAsync(restored);
    }

    [Fact]
    public async Task After_a_failover_that_lost_commits_the_requests_are_sent_again_and_all_agree()
    {
        await using var pair = await PostgresPair.StartAsync();
        await pair.WaitForNobodyAsync();
        await using (var primary = new Books(pair.Primary))
        {
            await primary.ManyAsync(All);
        }

        Box.Settings["ConnectionStrings:Postgres"] = pair.Either;
        await WorkAsync(0, Before);
        await pair.StopAsync(pair.StandbyPort, "fast");
        await WorkAsync(Before, Forgotten);
        await pair.StopAsync(pair.PrimaryPort, "immediate");
        await pair.StartAsync(pair.StandbyPort);
        await pair.PromoteAsync();

        await using var promoted = new Books(pair.Promoted);
        await AgreeAfterSendingAgainAsync(promoted);
    }

    async Task WorkAsync(int first, int count)
    {
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(All).Skip(first).Take(count));
        await Box.Tap.HearAsync(first + count);
        await Box.StopWorkersAsync();
    }

    async Task AgreeAfterSendingAgainAsync(Books books)
    {
        var before = await CompareAsync(1);
        Total(before, "heard_phantom").ShouldBe(Forgotten);
        before.Out.ShouldContain("request-");

        await Box.StartWorkerAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(All));
        await Until.TrueAsync(
            async () => await books.CountAsync("reversals.reversal") == All, "all are applied once more");
        await books.OutboxEmptyAsync();

        var after = await CompareAsync(0);
        Total(after, "heard_phantom").ShouldBe(0);
        Total(after, "heard_lost").ShouldBe(0);
        Total(after, "heard_differing").ShouldBe(0);
        (await Box.Tap.SettleAsync()).Where(one => one.Exchange == Wire.PaymentReversedExchange)
            .Select(one => one.EventId).Distinct().Count().ShouldBe(All, "nothing is booked twice");
    }

    /// <summary>What the subscriber's audit queue has heard, against the books.</summary>
    async Task<VerbRun> CompareAsync(int code)
    {
        var path = Path.GetTempFileName();
        try
        {
            var heard = await Box.Tap.SettleAsync();
            await File.WriteAllLinesAsync(path, heard.Select(one => Encoding.UTF8.GetString(one.Body)), Stop);
            return (await VerbRun.OfAsync(Box.Settings, $"reconcile --json --events {path}")).ShouldEndWith(code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    static int Total(VerbRun run, string name) => run.Json.EnumerateArray()
        .Single(one => one.GetProperty("name").GetString() == name).GetProperty("total").GetInt32();

    static Task CopyAsync(string connectionString, string suffix) => ElsewhereAsync(
        connectionString, name => [$"CREATE DATABASE \"{name}{suffix}\" TEMPLATE \"{name}\""]);

    static Task RestoreAsync(string connectionString, string suffix) => ElsewhereAsync(
        connectionString,
        name =>
        [
            $"DROP DATABASE \"{name}\" WITH (FORCE)",
            $"CREATE DATABASE \"{name}\" TEMPLATE \"{name}{suffix}\"", $"DROP DATABASE \"{name}{suffix}\"",
        ]);

    /// <summary>Nobody may be connected to what is copied.</summary>
    static async Task ElsewhereAsync(string connectionString, Func<string, string[]> statements)
    {
        NpgsqlConnection.ClearAllPools();
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var name = settings.Database!;
        settings.Database = "postgres";
        settings.Pooling = false;
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Stop);
        foreach (var statement in (string[])
        [
            $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            .. statements(name),
        ])
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(Stop);
        }
    }
}
