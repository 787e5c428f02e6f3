using Reversals.Operations.Commands;

namespace Reversals.Tests.Integration;

/// <summary>Starting while something is missing, and stopping while something is under way.</summary>
public sealed class LifecycleTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_database_that_is_not_there_yet_is_waited_for()
    {
        var link = Box.LinkToPostgres(cut: true);
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["PostgreSQL"]);
        (await worker.LiveAsync()).Status.ShouldBe(HttpStatusCode.OK);
        link.Restore();
        await worker.BecomesReadyAsync();
        await AnswersAsync();
    }

    /// <summary>SIGTERM while the host is being composed or its ports are being opened.</summary>
    [Fact]
    public async Task Asked_to_end_before_it_has_begun_it_ends_as_well_as_later()
    {
        await using var host = HostedWorker.Compose(Box.Settings).Host;
        host.Lifetime.StopApplication();
        (await Worker.WorkerHost.RunAsync(host, Stop)).ShouldBe(ExitCode.Well);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_yet_is_waited_for()
    {
        var link = Box.LinkToRabbitMq(cut: true);
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["RabbitMQ"]);
        (await worker.LiveAsync()).Status.ShouldBe(HttpStatusCode.OK);
        link.Restore();
        await worker.BecomesReadyAsync();
        await AnswersAsync();
    }

    [Fact]
    public async Task Before_the_database_is_migrated_nothing_is_read()
    {
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAllAsync(["{}", "[]"]);
        var empty = await Box.UseEmptyDatabaseAsync();
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["migrate"]);
        (await worker.LiveAsync()).Status.ShouldBe(HttpStatusCode.OK);
        await Until.LoggedAsync("lacks the migrations");
        (await Box.Broker.ReadersAsync()).ShouldBe(0u);
        (await Box.Broker.WaitingAsync()).ShouldBe(2u);

        await Migrator.MigrateAsync(empty.ConnectionString, TimeProvider.System, Stop);
        await worker.BecomesReadyAsync();
        await Box.Tap.HearAsync(2);
    }

    [Fact]
    public async Task A_worker_that_loses_a_server_says_so_and_recovers()
    {
        var postgres = Box.LinkToPostgres();
        var rabbitMq = Box.LinkToRabbitMq();
        var worker = await Box.StartWorkerAsync();
        foreach (var (link, name) in ((Link, string)[])[(postgres, "PostgreSQL"), (rabbitMq, "")])
        {
            link.Cut();
            await worker.SaysAsync([name]);
            (await worker.LiveAsync()).Status.ShouldBe(HttpStatusCode.OK);
            link.Restore();
            await worker.BecomesReadyAsync();
        }

        await AnswersAsync();
    }

    [Fact]
    public async Task While_events_wait_too_long_the_worker_is_ready_but_degraded()
    {
        Box.Settings["Health:OutboxAgeLimit"] = "00:00:01";
        await Box.Tap.UnbindAsync();
        var worker = await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync("{}");
        await Until.TrueAsync(
            async () => (await worker.ReadyAsync()).Text.Contains("degraded", StringComparison.Ordinal),
            "it says so");
        (await worker.ReadyAsync()).Status.ShouldBe(HttpStatusCode.OK);
        await Box.Tap.BindAsync();
        await Box.Tap.HearAsync(1);
        await worker.IsWellAsync();
    }

    [Fact]
    public async Task Stopping_under_load_ends_in_time_and_another_worker_does_the_rest()
    {
        const int requests = 8000;
        await Box.QueueAsync(requests);
        var worker = await Box.StartUnreadyWorkerAsync();
        await Until.TrueAsync(() => Box.Tap.Count > 0, "it is under load");
        await WithinAsync(30, () => worker.StopAsync());

        var first = await Box.Books.CountAsync("reversals.reversal");
        first.ShouldBeInRange(1, requests - 1, "it was stopped in the middle");
        (await Box.Books.CountAsync("reversals.outbox")).ShouldBe(0, "what it had taken it has answered");
        await Box.StartWorkerAsync();
        await Box.Books.AppliedAsync(requests, 60);
        await Box.SettledAsync();

        // An acknowledgement may be lost at the stop; such a request is answered again, with the same event.
        var heard = await Box.Tap.SettleAsync();
        heard.Select(one => one.ReferenceId).Distinct().Count().ShouldBe(requests);
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(requests);
        heard.Count(one => !one.IsReplay).ShouldBe(requests, "all that was confirmed was cleared");
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(requests);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Stopping_without_a_database_ends_in_time_and_gives_back_what_was_not_done()
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        var link = Box.LinkToPostgres();
        var worker = await Box.StartWorkerAsync();
        link.Cut();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"), change: Forge);
        await Box.Upstream.SendAsync(Some.Request("P1", "request-2"), change: to =>
        {
            Forge(to);
            to.Headers!["Signature"] = "none";
        });
        await Until.TrueAsync(
            () => ((string[])["reversals", "quarantine"]).All(name =>
                LogCapture.Text.Contains($"{name}\\\": a batch of 1 could not", StringComparison.Ordinal)),
            "both wait for the database");
        await WithinAsync(30, () => worker.StopAsync());
        await Box.Broker.HoldsAsync(2);

        link.Restore();
        await Box.StartWorkerAsync();
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.Books.QuarantinedAsync(1);
        await Box.SettledAsync();
    }

    /// <summary>Where the framework would send the fault of a message whose consumer throws.</summary>
    static void Forge(RabbitMQ.Client.BasicProperties to)
    {
        to.Headers!["MT-Fault-Address"] =
            $"exchange:{Broker.ForgedExchange}?bind=true&queue={Broker.ForgedQueue}";
        to.Headers["MT-Request-Id"] = Guid.CreateVersion7().ToString();
    }

    async Task AnswersAsync() => (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
}
