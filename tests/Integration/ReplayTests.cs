using Microsoft.Extensions.Configuration;
using Reversals.Operations.Actions;
using Reversals.Operations.Commands;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;

namespace Reversals.Tests.Integration;

/// <summary>
/// A replay sends no more than was meant when it began, little before it knows that the workers take it, and
/// leaves no half thing behind when it is stopped.
/// </summary>
public sealed class ReplayTests(Servers servers) : ServerTest(servers)
{
    const string Everything = "quarantine replay --cause SIGNATURE_INVALID --yes --json";

    [Fact]
    public async Task Of_a_thousand_one_is_sent_to_workers_that_lack_the_key_and_it_is_said_why()
    {
        const int count = 1_000;
        await QuarantineAsync(count);
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key;
        (await RunAsync("quarantine replay --cause SIGNATURE_INVALID --dry-run --json")).ShouldEndWith(0)
            .Json.GetProperty("would_be_sent").GetInt32().ShouldBe(count);

        var replay = (await RunAsync(Everything + " --note 'key mended'")).ShouldEndWith(1).Json;

        replay.GetProperty("sent").GetInt32().ShouldBe(1);
        replay.GetProperty("came_back").GetInt32().ShouldBe(1);
        replay.GetProperty("end").GetString().ShouldBe("came_back");
        replay.GetProperty("why").GetString()!.ShouldContain("the workers do not have this key");
        (await OpenAsync()).ShouldBe(count, "one came back as a row of its own");
        (await ActionsAsync()).ShouldBe(["quarantine replay|cause SIGNATURE_INVALID: ids 1 to 1|key mended|1"]);
        (await RunAsync("quarantine replay --cause SIGNATURE_INVALID --yes")).Out.Replace('\n', ' ')
            .ShouldContain("The rest was not sent");
    }

    [Fact]
    public async Task Portions_grow_and_one_row_of_the_audit_stands_for_all()
    {
        const int count = 30;
        await QuarantineAsync(count);
        await Box.RestartWithKeyAsync(Some.Key);

        var replay = (await RunAsync(Everything)).ShouldEndWith(0);

        replay.Json.GetProperty("end").GetString().ShouldBe("complete");
        replay.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
            ["looked at 1, sent 1 …", "looked at 11, sent 11 …", "looked at 30, sent 30 …"]);
        await Box.Books.AppliedAsync(count);
        (await ActionsAsync()).ShouldBe(["quarantine replay|cause SIGNATURE_INVALID: ids 1 to 30||30"]);
    }

    [Fact]
    public async Task What_is_quarantined_after_it_began_is_left_out()
    {
        await QuarantineAsync(2);
        await Box.RestartWithKeyAsync(Some.Key);
        const string later =
            """
            INSERT INTO reversals.quarantine
                (cause, detail, client_id, signature, headers, body, received_at, client, fingerprint)
            SELECT cause, detail, client_id, signature, headers, body, received_at, client, decode(md5(
                random()::text) || md5(random()::text), 'hex')
            FROM reversals.quarantine ORDER BY id LIMIT 1
            """;

        var report = await ReplayAsync(async _ => await Box.Books.RunAsync(later), Stop);

        report.End.ShouldBe(ReplayEnd.Complete);
        report.Meant.ShouldBe(2);
        report.Messages.Select(one => one.Id).ShouldBe([1L, 2L]);
        (await OpenAsync()).ShouldBe(2, "one came during each portion");
    }

    [Fact]
    public async Task Stopped_in_between_it_leaves_what_was_sent_audited_and_the_rest_untouched()
    {
        await QuarantineAsync(30);
        await Box.RestartWithKeyAsync(Some.Key);
        using var interrupt = new CancellationTokenSource();

        var report = await ReplayAsync(
            async done => await (done.Count > 1 ? interrupt.CancelAsync() : Task.CompletedTask),
            interrupt.Token);

        report.End.ShouldBe(ReplayEnd.Interrupted);
        report.Messages.Count.ShouldBe(11);
        (await ActionsAsync()).ShouldBe(["quarantine replay|everything open: ids 1 to 11||11"]);
        (await Box.Books.TextsAsync("SELECT concat_ws('|', resolution, resolved_by, count(*), max(id)) " +
            "FROM reversals.quarantine GROUP BY resolution, resolved_by ORDER BY 1"))
            .ShouldBe(["19|30", "replayed|duty|11|11"]);
        await Box.Books.AppliedAsync(11);
    }

    [Fact]
    public async Task Without_a_worker_that_decides_it_ends_after_the_first_portion_and_says_so()
    {
        await QuarantineAsync(12);
        await Box.StopWorkersAsync();
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key;

        var replay = (await RunAsync(Everything + " --wait 1s")).ShouldEndWith(1).Json;

        replay.GetProperty("sent").GetInt32().ShouldBe(1);
        replay.GetProperty("end").GetString().ShouldBe("undecided");
        replay.GetProperty("why").GetString()!.ShouldContain("Does a worker read it?");
        (await OpenAsync()).ShouldBe(11);
    }

    [Fact]
    public async Task A_dry_run_says_of_each_message_what_the_worker_would_decide()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.Books.PaidAsync("P2", 10_000);
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("P2", "request-0"));
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        foreach (var body in (string[])
        [
            Some.Request("P1", "request-1", 4_000), Some.Request("P1", "request-2", 11_000),
            Some.Request("P2", "request-3"), Some.Request("P3", "request-4"), "{}",
        ])
        {
            await Box.Upstream.SendAsync(body);
        }

        await Box.Books.QuarantinedAsync(5);
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key;
        var before = await Box.Books.SnapshotAsync();

        var dry = await RunAsync("quarantine replay --cause SIGNATURE_INVALID --dry-run --json");

        dry.ShouldEndWith(0).Json.GetProperty("messages").EnumerateArray()
            .Select(one => one.GetProperty("reference_id").GetString() + " " + one.GetProperty("decision"))
            .ShouldBe(
                [
                    "request-1 PARTIALLY_REVERSED", "request-2 EXCEEDS_REMAINING", "request-3 ALREADY_REVERSED",
                    "request-4 PENDING", " NO_IDENTIFIER",
                ],
                ignoreOrder: true);
        (await RunAsync("quarantine replay --cause SIGNATURE_INVALID --dry-run")).Out
            .ShouldContain("ALREADY_REVERSED");
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
        (await OpenAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task On_a_terminal_it_says_how_many_before_it_asks()
    {
        await QuarantineAsync(3);
        (await RunAsync("quarantine replay --cause SIGNATURE_INVALID", "n")).ShouldEndWith(2)
            .Error.ShouldContain("Sends 3 open messages of the quarantine again");
        (await OpenAsync()).ShouldBe(3);
    }

    /// <summary>So many paid bills, and a request for each in quarantine, as the workers have a wrong key.</summary>
    async Task QuarantineAsync(int count)
    {
        await Box.Books.ManyAsync(count);
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await Box.Upstream.SendAllAsync(Some.Requests(count));
        await Box.Books.QuarantinedAsync(count);
    }

    /// <summary>Replays all that is open, and does something after each portion before it is judged.</summary>
    async Task<ReplayReport> ReplayAsync(
        Func<IReadOnlyList<ReplayedMessage>, Task> after, CancellationToken stop)
    {
        var options = WorkerConfiguration.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(Box.Settings).Build());
        await using var database = CommandContext.Open(options);
        var terms = new ReplayTerms
        {
            Filter = new QuarantineFilter(), By = new Operator { Name = "duty" },
        };
        return await new QuarantineReplay(database, options, TimeProvider.System).RunAsync(
            terms,
            new SynchronousProgress<IReadOnlyList<ReplayedMessage>>(
                done => Task.Run(() => after(done), CancellationToken.None).GetAwaiter().GetResult()),
            stop);
    }

    Task<List<string>> ActionsAsync() => Box.Books.TextsAsync(
        "SELECT concat_ws('|', verb, target, coalesce(note, ''), count) FROM reversals.operator_action ORDER BY id");

    Task<long> OpenAsync() =>
        Box.Books.NumberAsync("SELECT count(*) FROM reversals.quarantine WHERE resolution IS NULL");
}
