namespace Reversals.Tests.Integration;

/// <summary>Ctrl-C, as a terminal sends it, to the program as it is delivered.</summary>
public sealed class InterruptTests(Servers servers) : ServerTest(servers)
{
    const int InTime = 20;

    [Fact]
    public async Task A_replay_that_is_stopped_leaves_what_was_sent_audited_and_the_rest_untouched()
    {
        const int count = 60;
        await Box.Books.ManyAsync(count);
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await Box.Upstream.SendAllAsync(Some.Requests(count));
        await Box.Books.QuarantinedAsync(count);
        await Box.RestartWithKeyAsync(Some.Key);
        const string sent = "SELECT count(*) FROM reversals.quarantine WHERE resolution = 'replayed'";
        using var replay = WorkerProcess.StartAtTerminal(
            ["quarantine", "replay", "--cause", "SIGNATURE_INVALID", "--rate", "5/s", "--yes"], Box.Settings);

        await StopAsync(replay, async () => await Box.Books.NumberAsync(sent) >= 2);

        replay.ExitCode.ShouldBe(1, replay.Said);
        var done = await Box.Books.NumberAsync(sent);
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

    static async Task StopAsync(ChildProcess command, Func<Task<bool>> isUnderWay)
    {
        await Until.TrueAsync(isUnderWay, "it is under way", InTime);
        command.Signal(Signals.Interrupt);
        await command.EndAsync(InTime);
    }

    Task<List<string>> AuditedAsync() => Box.Books.TextsAsync(
        "SELECT verb || ' ' || count FROM reversals.operator_action ORDER BY id");
}
