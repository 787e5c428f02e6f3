namespace Reversals.Tests.Integration;

/// <summary>How much is written to the log when much goes wrong, and that nobody waits for who reads it.</summary>
public sealed class LogVolumeTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Two_hundred_messages_that_fail_alone_among_two_hundred_good_ones_take_few_lines()
    {
        const int each = 200;
        await Box.Books.ManyAsync(2 * each);
        await FailAsync("NEW.reference_id ~ '[02468]$'");
        await Box.DeployTopologyAsync();
        LogCapture.Clear();
        await Box.Upstream.SendAllAsync(Some.Requests(2 * each));
        await Box.StartWorkerAsync();
        await Box.Books.AppliedAsync(each, 60);
        await Box.Books.QuarantinedAsync(each);
        await Box.StopWorkersAsync();

        Lines().Count(line => line.Contains("fails alone", StringComparison.Ordinal)).ShouldBeInRange(1, 20);
        LogCapture.Text.ShouldContain("22001: poison");
        Stacks().ShouldBeInRange(0, 2);
        (LogCapture.Text.Length / (2 * each)).ShouldBeLessThan(50, "bytes a message");
    }

    [Fact]
    public async Task Two_thousand_deliveries_of_one_message_that_fails_alone_take_few_lines()
    {
        const int deliveries = 2_000;
        await Box.Books.ManyAsync(1);
        await FailAsync("NEW.reference_id = 'request-1'");
        await Box.DeployTopologyAsync();
        LogCapture.Clear();
        await Box.Upstream.SendAllAsync(Enumerable.Repeat(Some.Request("P1", "request-1"), deliveries));
        await Box.StartWorkerAsync();
        await Until.TrueAsync(
            async () => await Box.Books.NumberAsync(
                "SELECT coalesce(sum(times), 0)::bigint FROM reversals.quarantine") >= deliveries,
            "all are set aside", 120);
        await Box.StopWorkersAsync();

        (await Box.Broker.WaitingAsync()).ShouldBe(0u);
        Stacks().ShouldBeInRange(0, 3);
        (LogCapture.Text.Length / deliveries).ShouldBeLessThan(20, "bytes a message");
    }

    [Theory]
    [Each("PostgreSQL", "RabbitMQ")]
    public async Task An_outage_is_a_line_when_it_begins_and_one_every_ten_seconds_without_a_stack(string server)
    {
        await Box.Books.ManyAsync(20);
        var postgres = Box.LinkToPostgres();
        var rabbitMq = Box.LinkToRabbitMq();
        var worker = await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Until.LoggedInOneLineAsync("Publishing to", "payment-reversed");
        LogCapture.Clear();
        var link = server == "PostgreSQL" ? postgres : rabbitMq;
        link.Cut();
        await Box.Upstream.SendAllAsync(Some.Requests(10).Skip(1));
        var began = Stopwatch.GetTimestamp();
        await Until.TrueAsync(
            () => Stopwatch.GetElapsedTime(began).TotalSeconds > 12, "the outage outlasts one interval", 60);
        var lines = Lines();
        LogCapture.Text.ShouldNotContain("   at ", Case.Sensitive, "no stacks");
        LogCapture.Text.ShouldNotContain("Publishing to", Case.Sensitive, "nothing false");
        LogCapture.Text.ShouldNotContain("\"Reading");
        lines.ShouldContain(line => line.Contains(server, StringComparison.Ordinal));

        // Who tells: the receiving side, two relays, the two group commits, the look at the backlog.
        lines.Length.ShouldBeLessThan(25);
        // A connection that is refused ends in one of a few ways; each is a cause of its own.
        foreach (var same in lines.CountBy(line => (Message(line), Cause(line))))
        {
            same.Value.ShouldBeInRange(1, 3, string.Join("\n", lines));
        }

        LogCapture.Clear();
        link.Restore();
        await worker.BecomesReadyAsync();
        await Until.LoggedInOneLineAsync("Publishing to", "payment-reversed");
        await Until.LoggedAsync("Reading");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task A_thousand_messages_are_done_while_nobody_reads_the_log_and_the_process_ends_in_time()
    {
        const int requests = 1_000;
        await Box.QueueAsync(requests);
        using var worker = WorkerProcess.StartUnread(["run"], Box.ProcessSettings());
        (await Box.Tap.HearAsync(requests, 60)).ShouldAllBe(one => one.Reason == "REVERSED");
        await Box.Books.OutboxEmptyAsync();

        await WithinAsync(15, () => worker.TerminateAsync());
        worker.ExitCode.ShouldBe(0);
        await Box.NothingIsLeftAsync();
    }

    static string[] Lines() => LogCapture.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    static int Stacks() => Lines().Count(line => line.Contains("\"@x\"", StringComparison.Ordinal));

    /// <summary>What the line says, without its numbers.</summary>
    static string Message(string line) => string.Concat(
        JsonElement.Parse(line).GetProperty("@m").GetString()!.Where(letter => !char.IsAsciiDigit(letter)));

    static string? Cause(string line) =>
        JsonElement.Parse(line).TryGetProperty(BoundedLog.Cause, out var cause) ? cause.GetString() : null;

    /// <summary>Saving these requests fails, for a reason that is the message's own.</summary>
    Task FailAsync(string which) => Box.Books.RunAsync(
        $"""
        CREATE FUNCTION public.poison() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION USING ERRCODE = '22001', MESSAGE = 'poison'; END $$;
        CREATE TRIGGER poison BEFORE INSERT ON reversals.reversal
            FOR EACH ROW WHEN ({which}) EXECUTE FUNCTION public.poison();
        """);
}
