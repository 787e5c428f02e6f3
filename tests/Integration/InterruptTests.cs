namespace Reversals.Tests.Integration;

/// <summary>Ctrl-C, as a terminal sends it, to the program as it is delivered.</summary>
public sealed class InterruptTests(Servers servers) : ServerTest(servers)
{
    const int InTime = 20;
    const string Sent = "SELECT count(*) FROM reversals.quarantine WHERE resolution = 'replayed'";

    static readonly string[] Pause = ["pause", "--note", "x", "--yes"];

    [Fact]
    public async Task A_replay_that_is_stopped_leaves_what_was_sent_audited_and_the_rest_untouched()
    {
        const int count = 60;
        await Box.Books.ManyAsync(count);
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await Box.Upstream.SendAllAsync(Some.Requests(count));
        await Box.Books.QuarantinedAsync(count);
        await Box.RestartWithKeyAsync(Some.Key);
        using var replay = WorkerProcess.StartAtTerminal(
            ["quarantine", "replay", "--cause", "SIGNATURE_INVALID", "--rate", "5/s", "--yes"], Box.Settings);

        await StopAsync(replay, async () => await Box.Books.NumberAsync(Sent) >= 2);

        replay.ExitCode.ShouldBe(1, replay.Said);
        var done = await Box.Books.NumberAsync(Sent);
        done.ShouldBeLessThan(count);
        (await AuditedAsync()).ShouldBe([$"quarantine replay {done}"]);
        await Box.Books.AppliedAsync((int)done);
        (await Box.Books.NumberAsync("SELECT count(*) FROM reversals.quarantine WHERE resolution IS NULL"))
            .ShouldBe(count - done);
    }

    [Fact]
    public async Task A_retention_that_is_stopped_leaves_what_was_done_audited_and_the_rest_untouched()
    {
        const int count = 20_000;
        Box.PlantsEvents = true;
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
            SELECT gen_random_uuid(), 'payment.reversal.rejected', 'acme', 'x', 'x',
                convert_to('{"event":"payment.reversal.rejected","data":{"customer_name":"Siti"}}', 'UTF8'),
                now() - interval '6 years' - n * interval '1 second'
            FROM generate_series(1, @count) AS n
            """,
            new { count });
        const string cleared = "SELECT count(*) FROM reversals.event WHERE anonymised_at IS NOT NULL";
        using var retention = WorkerProcess.StartAtTerminal(
            ["retention", "run", "--older-than", "5y", "--yes"], Box.Settings);

        await StopAsync(retention, async () => await Box.Books.NumberAsync(cleared) > 0);

        retention.ExitCode.ShouldBe(1, retention.Said);
        retention.Error.ShouldContain("What was done stays done");
        var done = await Box.Books.NumberAsync(cleared);
        done.ShouldBeLessThan(count);
        (await AuditedAsync()).ShouldBe(["retention run 0", $"retention run {done}"]);
    }

    [Fact]
    public async Task A_resume_that_is_stopped_says_so_and_the_next_one_sends_the_rest()
    {
        const int count = 40;
        await Box.PausedAsync(count);
        await Box.Upstream.SendAllAsync(Some.Requests(count));
        await Box.KeptAsync(count);
        using var resume = WorkerProcess.StartAtTerminal(
            ["resume", "--client", Some.Client, "--rate", "5/s", "--yes"], Box.Settings);

        await StopAsync(resume, async () => await Box.Books.NumberAsync(Sent) >= 2);

        resume.ExitCode.ShouldBe(1, resume.Said);
        resume.Output.ShouldContain("Resumed: the workers decide requests of acme again.");
        resume.Output.ShouldContain("It was stopped: what was sent is marked, the rest is as it was");
        resume.Output.ShouldContain("Run the same command again for the rest");
        (await Box.Books.NumberAsync(Sent)).ShouldBeLessThan(count);
        (await RunAsync(ClientPause.Resume)).ShouldEndWith(0);
        await Box.Books.AppliedAsync(count);
    }

    [Fact]
    public async Task A_pause_that_is_stopped_while_it_is_committed_says_how_to_know_what_became_of_it()
    {
        await Box.Books.RunAsync(
            """
            CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock(7);
                RETURN NULL;
            END
            $$;
            CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON reversals.pause DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION public.wait()
            """);
        await using (await Box.Books.HoldAsync("SELECT pg_advisory_xact_lock(7)"))
        {
            using var pause = WorkerProcess.StartAtTerminal(Pause, Box.Settings);
            await StopAsync(pause, async () => await Box.Books.NumberAsync(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'advisory'
                  AND application_name = 'reversal-operations'
                """) == 1);
            pause.ExitCode.ShouldBe(1, pause.Said);
            pause.Error.ShouldContain("Whether the workers are paused is not known");
            pause.Error.ShouldContain("Run it again");
        }

        await Box.Books.CountedAsync("reversals.pause", 1);
        (await RunAsync("pause --note y --yes")).ShouldEndWith(1).Out.ShouldContain("It was paused before");
    }

    [Fact]
    public async Task A_pause_that_is_stopped_before_the_workers_heard_of_it_says_that_it_is_there()
    {
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.worker_state (worker, at, unacknowledged, unacknowledged_dead)
            VALUES ('old-one', now() + interval '1 minute', 0, 0)
            """);
        using var pause = WorkerProcess.StartAtTerminal(Pause, Box.Settings);

        await StopAsync(pause, async () => await Box.Books.NumberAsync(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'reversal-operations'
              AND query LIKE '%reversals.worker_state%'
            """) > 0);

        pause.ExitCode.ShouldBe(1, pause.Said);
        pause.Error.ShouldContain("It is paused, but some workers may not know yet");
        (await Box.Books.CountAsync("reversals.pause")).ShouldBe(1);
    }

    [Theory]
    [Each("pause --note x --yes", "resume --yes", ClientPause.Pause, ClientPause.Resume)]
    public async Task Without_PostgreSQL_neither_is_done_and_both_say_so(string command)
    {
        Box.Settings["ConnectionStrings:Postgres"] = "Host=127.0.0.1;Port=1;Username=x;Password=x;Database=x";
        var error = (await RunAsync(command)).ShouldEndWith(3).Error;
        error.ShouldContain("Nothing was changed.");
        error.ShouldContain("127.0.0.1:1/x");
    }

    [Fact]
    public async Task Without_RabbitMQ_a_client_is_resumed_and_it_says_that_the_rest_is_still_kept()
    {
        await Box.PausedAsync(3);
        await Box.Upstream.SendAllAsync(Some.Requests(3));
        await Box.KeptAsync(3);
        var address = Box.Settings["ConnectionStrings:RabbitMq"];
        Box.Settings["ConnectionStrings:RabbitMq"] = "amqp://x:y@127.0.0.1:1/";
        (await RunAsync(ClientPause.Resume)).ShouldEndWith(3).Error.ShouldContain(
            "Resumed: the workers decide requests of acme again. Of the 3 that were kept 0 were sent. Run " +
            "the same command again for the rest");
        Box.Settings["ConnectionStrings:RabbitMq"] = address;
        (await RunAsync(ClientPause.Resume)).ShouldEndWith(0).Json.GetProperty("sent").GetInt32().ShouldBe(3);
        await Box.Books.AppliedAsync(3);
    }

    static async Task StopAsync(ChildProcess command, Func<Task<bool>> isUnderWay)
    {
        await Until.TrueAsync(isUnderWay, "it is under way", InTime);
        command.Signal(Signals.Interrupt);
        await command.EndAsync(InTime);
    }

    Task<List<string>> AuditedAsync() => Box.Books.TextsAsync(
        "SELECT verb || ' ' || count FROM reversals.operator_action ORDER BY id");
}
