using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Postgres;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// PostgreSQL by several addresses: the worker finds the primary by itself, whatever the others do, and does
/// not believe one that was replaced.
/// </summary>
public sealed class HostListTests(Servers servers) : ServerTest(servers)
{
    const int Before = 20;
    const int While = 20;
    const int After = 20;

    [Fact]
    public async Task A_primary_that_hangs_and_is_listed_first_does_not_hide_the_promoted_one()
    {
        await using var pair = await PostgresPair.StartAsync();
        var worker = await StartAsync(pair, pair.Either);

        await pair.HangAsync(pair.PrimaryPort);
        await SendAsync(Before, While);
        await Until.TrueAsync(
            async () => (await worker.ReadyAsync()).Status == HttpStatusCode.ServiceUnavailable,
            "ready is red while no server can commit", 20);
        await pair.PromoteAsync();
        var promoted = Stopwatch.GetTimestamp();
        await Until.TrueAsync(() => Box.Tap.Count > Before, "the first event after the promotion");
        Stopwatch.GetElapsedTime(promoted).TotalSeconds.ShouldBeLessThan(10);
        await worker.BecomesReadyAsync(10);

        await pair.WakeAsync(pair.PrimaryPort);
        await SendAsync(Before + While, After);

        await AllIsTrueAsync(pair, Before + While + After);
    }

    [Fact]
    public async Task What_a_replaced_primary_commits_when_it_wakes_does_not_count()
    {
        await using var pair = await PostgresPair.StartAsync();
        await pair.WaitForNobodyAsync();
        Box.Settings["Batching:PauseAfter"] = "00:10:00";
        await StartAsync(pair, pair.Either);

        await pair.HangAsync(pair.PrimaryPort);
        await SendAsync(Before, While);
        await Until.TrueAsync(
            async () => (await Box.Broker.WaitingAsync()) == 0, "the worker has taken them");
        await pair.PromoteAsync();
        await Until.TrueAsync(
            () => LogCapture.Text.Contains("has taken over", StringComparison.Ordinal),
            "the worker has seen the new primary");
        await pair.WakeAsync(pair.PrimaryPort);

        await AllIsTrueAsync(pair, Before + While);
    }

    [Fact]
    public async Task Behind_one_address_nobody_trusts_a_slow_commit_before_the_server_was_seen()
    {
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        var slow = TimeSpan.FromSeconds(1.1);

        (await database.HasMovedAsync(database.Era, slow, Stop)).ShouldBeTrue();
        (await database.HasMovedAsync(database.Era, slow, Stop)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_standby_that_is_listed_first_is_passed_over()
    {
        await using var pair = await PostgresPair.StartAsync();
        var reversed = string.Join(',', new NpgsqlConnectionStringBuilder(pair.Either).Host!.Split(',').Reverse());
        await StartAsync(
            pair, new NpgsqlConnectionStringBuilder(pair.Either) { Host = reversed }.ConnectionString);
        await SendAsync(Before, While);
        await Box.Tap.HearAsync(Before + While);
    }

    [Fact]
    public async Task A_standby_alone_is_named_with_what_to_do()
    {
        await using var pair = await PostgresPair.StartAsync();
        Box.Settings["ConnectionStrings:Postgres"] = pair.Promoted;
        var worker = await Box.StartUnreadyWorkerAsync();
        await Until.TrueAsync(
            async () => (await worker.ReadyAsync()).Problem?.Contains("standby", StringComparison.Ordinal) == true,
            "the standby is named");
        (await worker.ReadyAsync()).Problem.ShouldNotBeNull().ShouldContain("Name the primary");
    }

    [Fact]
    public async Task A_primary_that_was_replaced_is_named_by_check_and_at_the_start()
    {
        await using var pair = await PostgresPair.StartAsync();
        await pair.WaitForNobodyAsync();
        await pair.PromoteAsync();
        Box.Settings["ConnectionStrings:Postgres"] = pair.Either;

        await Box.StartWorkerAsync();
        await Until.LoggedInOneLineAsync(
            "is of no use", "the primary on timeline 1",
            "another has taken over", "pg_rewind");
        var check = await VerbRun.OfAsync(Box.Settings, "check", width: 4_000);
        check.Code.ShouldBe(1, check.Out);
        check.Out.ShouldContain("the primary on timeline 1, and another has taken over: stop it");
    }

    [Fact]
    public async Task A_host_with_a_typo_is_named_by_check_and_at_the_start_and_the_other_does_the_work()
    {
        var settings = new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString);
        settings.Host = FormattableString.Invariant($"no-such-host.invalid:5432,{settings.Host}:{settings.Port}");
        Box.Settings["ConnectionStrings:Postgres"] = settings.ConnectionString;

        await Box.StartWorkerAsync();
        await Until.LoggedInOneLineAsync(
            "is of no use", "no-such-host.invalid",
            "mend its name in ConnectionStrings:Postgres");
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
        var check = await VerbRun.OfAsync(Box.Settings, "check", width: 4_000);
        check.Code.ShouldBe(1, check.Out);
        check.Out.ShouldContain("mend its name in ConnectionStrings:Postgres");
    }

    [Fact]
    public async Task Check_and_status_name_each_server_and_what_a_commit_waits_for()
    {
        await using var pair = await PostgresPair.StartAsync();
        Box.Settings["ConnectionStrings:Postgres"] = pair.Either;
        var check = await VerbRun.OfAsync(Box.Settings, "check");
        check.Out.ShouldContain("the primary on timeline 1");
        check.Out.ShouldContain("a standby on timeline 1");
        check.Out.ShouldContain("synchronous: 1");
        (await VerbRun.OfAsync(Box.Settings, "status")).Out.ShouldContain("a standby on timeline 1");

        await pair.WaitForNobodyAsync();
        var empty = await VerbRun.OfAsync(Box.Settings, "check");
        empty.Out.ShouldContain("synchronous_standby_names is empty");
        empty.Code.ShouldBe(1);
    }

    /// <summary>A worker that has done something while all was well.</summary>
    async Task<HostedWorker> StartAsync(PostgresPair pair, string connectionString)
    {
        await using (var books = new Books(pair.Primary))
        {
            await books.ManyAsync(Before + While + After);
        }

        Box.Settings["ConnectionStrings:Postgres"] = connectionString;
        var worker = await Box.StartWorkerAsync();
        await SendAsync(0, Before);
        await Box.Tap.HearAsync(Before);
        return worker;
    }

    Task SendAsync(int first, int count) =>
        Box.Upstream.SendAllAsync(Some.Requests(Before + While + After).Skip(first).Take(count));

    /// <summary>On the server that survives.</summary>
    async Task AllIsTrueAsync(PostgresPair pair, int all)
    {
        await using var books = new Books(pair.Promoted);
        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync() == 0
                && await books.CountAsync("reversals.reversal") == all,
            "each request has its row, so none was acknowledged and lost", 60);
        await books.OutboxEmptyAsync(60);
        var heard = (await Box.Tap.SettleAsync()).Where(one => one.Exchange == Wire.PaymentReversedExchange)
            .Select(one => $"{one.ReferenceId} {one.EventId}").Distinct().Order(StringComparer.Ordinal);
        var kept = await books.TextsAsync(
            "SELECT reference_id || ' ' || event_id FROM reversals.reversal ORDER BY 1");
        heard.ShouldBe(kept.Order(StringComparer.Ordinal), "each event has its row, and each row one event");
        (await books.DisagreementsAsync()).ShouldBe(0);
    }
}
