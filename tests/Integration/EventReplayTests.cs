using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Operations.Actions;
using Reversals.Operations.Commands;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>A subscriber that was away catches up, and its neighbours hear nothing of it.</summary>
public sealed class EventReplayTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string Hour = "--since 2026-01-31T08:00Z --until 2026-01-31T09:00Z";
    const string ToQueue = $"--to-queue {LateQueue.Name} --yes";

    [Fact]
    public async Task An_hour_of_one_client_comes_to_one_queue_in_order_and_to_nobody_else()
    {
        await SeedAsync(perClient: 240);
        await using var late = await OpenQueueAsync();

        (await RunAsync($"event replay {Hour} --client {Some.Client} {ToQueue} --note 'lost an hour'"))
            .ShouldEndWith(0).Out.ShouldContain("Published 120 to the queue");

        var got = await late.TakeAsync();
        got.Select(one => Convert.ToHexString(one.Body)).ShouldBe(await Box.Books.TextsAsync(
            $"""
            SELECT upper(encode(body, 'hex')) FROM reversals.event
            WHERE client_id = '{Some.Client}' AND occurred_at >= '2026-01-31T08:00Z'
              AND occurred_at < '2026-01-31T09:00Z'
            ORDER BY reference_id
            """));
        (await Box.Tap.SettleAsync()).ShouldBeEmpty();
        (await Box.Books.TextsAsync(
            "SELECT verb || ' ' || target || ' ' || count || ' ' || note FROM reversals.operator_action"))
            .ShouldBe(
            [
                "event replay since 2026-01-31T08:00:00Z, until 2026-01-31T09:00:00Z, client acme to queue " +
                $"{LateQueue.Name} 120 lost an hour",
            ]);
    }

    [Fact]
    public async Task A_client_of_whom_there_is_nothing_is_named()
    {
        var said = (await RunAsync("event replay --since 1h --client acem --yes")).ShouldEndWith(0).Out;
        said.ShouldContain("There is no event of: since");
        said.ShouldContain("client acem.");
    }

    [Fact]
    public async Task A_queue_bound_late_gets_what_the_others_got_with_the_same_properties()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        Box.Settings["Events:SigningKey"] = "the-key-that-signs-events";
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(
            Some.Request("P1", "request-1"), change: to => to.CorrelationId = "first");
        await Box.Upstream.SendAsync(
            Some.Request("none", "request-2"), change: to => to.CorrelationId = "second");
        var heard = await Box.Tap.HearAsync(2);
        await using var late = await OpenQueueAsync();

        (await RunAsync($"event replay --since 1h {ToQueue}")).ShouldEndWith(0);

        var got = await late.TakeAsync();
        got.Count.ShouldBe(2);
        foreach (var one in got)
        {
            var first = heard.Single(other => other.EventId == one.EventId);
            one.Body.ShouldBe(first.Body);
            one.IsReplay.ShouldBeTrue();
            one.Properties.MessageId.ShouldBe(first.Properties.MessageId);
            one.Properties.CorrelationId.ShouldBe(first.Properties.CorrelationId);
            one.Properties.Type.ShouldBe(first.Properties.Type);
            one.Properties.ContentType.ShouldBe(first.Properties.ContentType);
            one.Properties.DeliveryMode.ShouldBe(first.Properties.DeliveryMode);
            foreach (var header in (string[])[Wire.ClientIdHeader, Wire.SignatureHeader])
            {
                one.Header(header).ShouldBe(first.Header(header));
            }
        }

        await Box.Tap.HearAsync(2);
    }

    [Fact]
    public async Task Ten_thousand_go_in_portions_under_one_short_row_of_the_audit()
    {
        await SeedAsync(perClient: 10_000);
        await using var late = await OpenQueueAsync();
        var reported = await ReplayAsync(new EventFilter { ClientId = Some.Client }, _ => { }, Stop);

        reported.Count.ShouldBe(20);
        reported.Zip(reported.Prepend(0), (now, before) => now - before)
            .ShouldAllBe(portion => portion == EventReplay.Portion);
        (await late.CountAsync()).ShouldBe(10_000u);
        (await Box.Books.NumberAsync("SELECT count FROM reversals.operator_action")).ShouldBe(10_000);
        (await Box.Books.NumberAsync("SELECT max(length(target)) FROM reversals.operator_action"))
            .ShouldBeLessThan(100);
    }

    [Fact]
    public async Task What_was_published_before_somebody_stopped_it_is_in_the_audit()
    {
        await SeedAsync(perClient: 2_000);
        await using var late = await OpenQueueAsync();
        using var interrupt = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(() => ReplayAsync(
            new EventFilter { ClientId = Some.Client }, _ => interrupt.Cancel(), interrupt.Token));

        (await late.CountAsync()).ShouldBe(500u);
        (await Box.Books.NumberAsync("SELECT count FROM reversals.operator_action")).ShouldBe(500);
    }

    [Fact]
    public async Task A_queue_that_is_full_ends_it_and_the_rest_can_be_sent_from_where_it_ended()
    {
        await SeedAsync(perClient: 240);
        await using var late = await OpenQueueAsync(room: 50);
        var run = await RunAsync($"event replay {Hour} --client {Some.Client} {ToQueue} --json");
        run.ShouldEndWith(1).Json.GetProperty("problem").GetString().ShouldBe(
            $"the queue {LateQueue.Name} takes no more: it is full");
        run.Json.GetProperty("published").GetInt64().ShouldBe(await late.CountAsync());
        run.Json.GetProperty("ended_at").GetString()!.ShouldStartWith("2026-01-31T08:");
        (await Box.Books.NumberAsync("SELECT count FROM reversals.operator_action"))
            .ShouldBe(await late.CountAsync());
    }

    [Fact]
    public async Task A_queue_that_is_not_there_is_named_and_nothing_is_published_or_written_down()
    {
        await SeedAsync(perClient: 240);
        (await RunAsync($"event replay {Hour} --to-queue nobodys --yes")).ShouldEndWith(1)
            .Out.ShouldContain("there is no queue nobodys");
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_queue_every_subscriber_gets_the_events_of_that_time()
    {
        await SeedAsync(perClient: 240);
        await Box.StartWorkerAsync();
        (await RunAsync($"event replay {Hour} --client {Some.OtherClient} --yes")).ShouldEndWith(0)
            .Out.ShouldContain("120 on their way");
        (await Box.HearOnceAsync(120)).ShouldAllBe(
            one => one.IsReplay && one.Header(Wire.ClientIdHeader) == Some.OtherClient);
        (await Box.Books.NumberAsync("SELECT count FROM reversals.operator_action")).ShouldBe(120);
    }

    [Fact]
    public async Task The_list_and_the_dry_run_count_what_is_meant_and_change_nothing()
    {
        await SeedAsync(perClient: 240);
        var list = (await RunAsync(
            $"event list {Hour} --client acme --kind payment.reversal --limit 7 --json"))
            .ShouldEndWith(0).Json;
        list.GetProperty("total").GetInt64().ShouldBe(60);
        list.GetProperty("events").GetArrayLength().ShouldBe(7);
        list.GetProperty("events")[0].GetProperty("reference_id").GetString().ShouldBe("request-00119");
        (await RunAsync($"event replay {Hour} --client acme --to-queue nobodys --dry-run --json"))
            .ShouldEndWith(0).Json.GetProperty("would_be_published").GetInt64().ShouldBe(120);
        (await Box.Books.CountAsync("reversals.outbox")).ShouldBe(0);
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
    }

    /// <summary>Publishing to a queue by its name is a right that only this user has.</summary>
    [Fact]
    public async Task The_user_of_the_commands_may_do_it_and_the_workers_may_not()
    {
        await SeedAsync(perClient: 2);
        await using var late = await OpenQueueAsync();
        var roles = await Box.UseRolesAsync();
        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator);
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        (await RunAsync($"event replay --since 2026-01-01 {ToQueue}")).ShouldEndWith(1)
            .Out.ShouldContain("ACCESS_REFUSED");
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Operator);
        (await RunAsync($"event replay --since 2026-01-01 {ToQueue}")).ShouldEndWith(0);
        (await late.CountAsync()).ShouldBe(4u);
    }

    Task<LateQueue> OpenQueueAsync(int room = 1_000_000) =>
        LateQueue.OpenAsync(Box.Settings["ConnectionStrings:RabbitMq"]!, room);

    Task<VerbRun> RunAsync(string verb) => VerbRun.OfAsync(Box.Settings, verb);

    /// <summary>Replays to the queue; returns what was reported on the way.</summary>
    async Task<List<long>> ReplayAsync(EventFilter filter, Action<long> each, CancellationToken stop)
    {
        var options = WorkerConfiguration.Read(
            new ConfigurationBuilder().AddInMemoryCollection(Box.Settings).Build());
        await using var database = Database.OpenForPeople(
            Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var publisher = await QueuePublisher.ConnectAsync(options, LateQueue.Name, Stop);
        List<long> reported = [];
        await new EventReplay(database).ToQueueAsync(
            filter, publisher, LateQueue.Name, new Operator { Name = "duty" },
            new SynchronousProgress<long>(done =>
            {
                reported.Add(done);
                each(done);
            }),
            stop);
        return reported;
    }

    /// <summary>
    /// Events of two clients, half of each kind, spread evenly over the two hours from 8 on. Two at a time
    /// share a time, as in a commit, and their ids say nothing of their order.
    /// </summary>
    Task SeedAsync(int perClient)
    {
        Box.PlantsEvents = true;
        return Box.Books.RunAsync(Seed, new { perClient });
    }

    const string Seed =
        """
        INSERT INTO reversals.event
            (event_id, kind, client_id, reference_id, rc, reason, body, occurred_at)
        SELECT gen_random_uuid(),
            CASE WHEN n % 2 = 0 THEN 'payment.reversal.rejected' ELSE 'payment.reversal' END, client,
            to_char(n, '"request-"FM00000'), 'SUCCESS', 'REVERSED',
            convert_to(format('{"n":%s,"client":"%s","bill_version":%s}', n, client, n), 'UTF8'),
            '2026-01-31T08:00Z'::timestamptz + n / 2 * 2 * interval '2 hours' / @perClient
        FROM generate_series(0, @perClient - 1) n, unnest(ARRAY['acme', 'globex']) client
        """;
}
