namespace Reversals.Tests.Integration;

/// <summary>SIGTERM while messages are in flight, to the program as it is delivered.</summary>
public sealed class EndOfProcessTests(Servers servers) : ServerTest(servers)
{
    const int Requests = 200;

    [Fact]
    public async Task A_commit_that_takes_longer_than_two_seconds_is_finished_and_answered_before_the_end()
    {
        using var worker = await StartWithCommitsThatTakeAsync(seconds: 4);
        await WithinAsync(30, () => worker.TerminateAsync());
        worker.ExitCode.ShouldBe(0, worker.Output);
        worker.Output.ShouldContain("\"Stopped\"");
        worker.Error.ShouldBeEmpty();
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBeGreaterThan(0);
        await NothingIsLostAsync();
    }

    [Fact]
    public async Task A_commit_that_does_not_end_is_given_up_in_time_and_its_messages_stay_in_the_queue()
    {
        using var worker = await StartWithCommitsThatTakeAsync(seconds: 60);
        await WithinAsync(30, () => worker.TerminateAsync());
        worker.ExitCode.ShouldBe(0, worker.Output);
        worker.Output.ShouldContain("\"Stopped\"");
        worker.Error.ShouldBeEmpty();
        await NothingIsLostAsync();
    }

    /// <summary>A worker that has taken all requests and commits the first of them.</summary>
    async Task<ChildProcess> StartWithCommitsThatTakeAsync(int seconds)
    {
        await Box.Books.ManyAsync(Requests);
        await Box.Books.RunAsync(
            $"""
            CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END';
            CREATE TRIGGER slow BEFORE INSERT ON reversals.reversal
                FOR EACH ROW WHEN (NEW.reference_id = 'request-1') EXECUTE FUNCTION public.slow();
            """);
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));
        var worker = Box.StartProcess();
        await Until.TrueAsync(
            async () => await Box.Books.NumberAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' " +
                "AND datname = current_database()") > 0,
            "it commits");
        return worker;
    }

    /// <summary>Another worker does what is left; each request is answered, with one event.</summary>
    async Task NothingIsLostAsync()
    {
        await Until.TrueAsync(
            async () => await Box.Books.NumberAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' " +
                "AND datname = current_database()") == 0,
            "PostgreSQL has ended what was given up", 40);
        await Box.Books.RunAsync("DROP TRIGGER slow ON reversals.reversal");
        await Box.StartWorkerAsync();
        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync(Wire.RequestQueue) == 0
                && await Box.Books.CountAsync("reversals.reversal") == Requests,
            "all are applied");
        await Box.SettledAsync();
        var heard = await Box.Tap.SettleAsync();
        heard.Select(one => one.ReferenceId).Distinct().Count().ShouldBe(Requests);
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(Requests);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }
}
