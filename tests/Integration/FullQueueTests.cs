namespace Reversals.Tests.Integration;

/// <summary>A fanout reaches the queues that have room also when one has none: each try gives them another
/// copy.</summary>
public sealed class FullQueueTests(Servers servers) : ServerTest(servers)
{
    const string Leaderless = "tests-leaderless";

    [Fact]
    public async Task A_full_queue_costs_the_others_fewer_copies_the_longer_it_lasts()
    {
        Box.Settings["Outbound:Rest"] = "00:00:00.1";
        await using var full = await FillAsync();
        await Box.Books.ManyAsync(5);
        await Box.StartWorkerAsync();
        var began = Stopwatch.GetTimestamp();
        await Box.Upstream.SendAllAsync(Some.Requests(5));

        await TriedAsync(events: 5, times: 6);

        // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 s; without a back-off it took half a second.
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeGreaterThan(3.1);
        await full.ReadAsync();
        await Box.Books.OutboxEmptyAsync(30);
        full.All.Select(one => one.EventId).Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public async Task New_events_go_to_those_who_have_room_though_each_is_refused()
    {
        Box.Settings["Outbound:Rest"] = "00:00:50";
        await using var full = await FillAsync();
        await Box.Books.ManyAsync(4);
        await Box.StartWorkerAsync();

        for (var number = 1; number <= 4; number++)
        {
            await Box.Upstream.SendAsync(Some.Request($"P{number}", $"request-{number}"));
            (await Box.Tap.HearAsync(number))[^1].ReferenceId.ShouldBe($"request-{number}");
        }

        await TriedAsync(events: 4, times: 1);
    }

    [Fact]
    public async Task What_was_refused_leaves_at_once_when_an_operator_says_so()
    {
        Box.Settings["Outbound:Rest"] = "00:00:50";
        await using var full = await FillAsync();
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await RestsAsync(1);

        await full.ReadAsync();
        (await RunAsync("outbox retry --note room --yes")).ShouldEndWith(0)
            .Out.ShouldContain("Released 1.");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task The_events_of_a_bill_reach_the_queue_that_was_full_in_order()
    {
        await using var full = await FillAsync();
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("P1", "request-1", 1_000));
        await TriedAsync(events: 1, times: 2);
        await Box.Upstream.SendAsync(Some.Request("P1", "request-2", 2_000));
        await Box.Upstream.SendAsync(Some.Request("P1", "request-3", 3_000));
        await Box.Books.CountedAsync("reversals.event", 3);

        await full.ReadAsync();
        await Box.Books.OutboxEmptyAsync();
        full.All.DistinctBy(one => one.EventId).Select(one => one.ReferenceId)
            .ShouldBe(["request-1", "request-2", "request-3"]);
    }

    [Fact]
    public async Task The_log_names_the_exchange_and_how_to_find_the_queue()
    {
        await using var full = await FillAsync();
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Until.LoggedInOneLineAsync(
            "refused by a queue bound to exchange", "payment-reversed", "rabbitmqctl list_bindings");
    }

    [Fact]
    public async Task Check_status_and_page_name_it_and_what_to_do_until_events_are_taken_again()
    {
        Box.Settings["Page:Port"] = FormattableString.Invariant($"{Ports.Free()}");
        Box.Settings["Outbound:MaxBackoff"] = "00:00:05";
        await using var full = await FillAsync();
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await SaysAsync("check", Names);
        await SaysAsync("status", Names);
        await SaysAsync("outbox list", text => text.Contains("next try", StringComparison.Ordinal));
        (await RunAsync("check")).ShouldEndWith(1);
        using var http = new HttpClient();
        Names(await http.GetStringAsync(new Uri($"http://127.0.0.1:{Box.Settings["Page:Port"]}/"), Stop))
            .ShouldBeTrue("so does the page");

        await full.ReadAsync();
        await Until.TrueAsync(async () => (await RunAsync("check")).Code == 0, "it is over");
        await Box.Books.OutboxEmptyAsync();
    }

    /// <summary>Nobody has it, so trying often gives nobody a copy too many.</summary>
    [Fact]
    public async Task An_event_nobody_was_bound_for_leaves_soon_after_a_queue_is_bound()
    {
        Box.Settings["Outbound:Rest"] = "00:00:00.05";
        await Box.Tap.UnbindAsync();
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await TriedAsync(events: 1, times: 14);

        await Box.Tap.BindAsync();
        await Box.Tap.HearAsync(1);
        await Box.Books.OutboxEmptyAsync();
    }

    /// <summary>A queue that lost its leader neither confirms nor refuses; the others have each event.</summary>
    [Fact]
    public async Task New_events_go_to_the_others_though_one_queue_does_not_answer()
    {
        Box.Settings["Outbound:Rest"] = "00:00:50";
        Box.Settings["Outbound:PublishTimeout"] = "00:00:00.5";
        await using var connection = await Amqp.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!, "tests-leaderless");
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        await channel.QueueDeclareAsync(
            Leaderless, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" },
            cancellationToken: Stop);
        try
        {
            await channel.QueueBindAsync(
                Leaderless, Wire.PaymentReversedExchange, routingKey: "", cancellationToken: Stop);
            await LeaderAsync("suspend");
            await Box.Books.ManyAsync(3);
            await Box.StartWorkerAsync();

            for (var number = 1; number <= 3; number++)
            {
                await Box.Upstream.SendAsync(Some.Request($"P{number}", $"request-{number}"));
                (await Box.Tap.HearAsync(number))[^1].ReferenceId.ShouldBe($"request-{number}");
                await RestsAsync(number);
            }

            await Until.LoggedInOneLineAsync(
                "no answer from payment-reversed", "list_queues name state leader");
            await LeaderAsync("resume");
            (await RunAsync("outbox retry --note leader --yes")).ShouldEndWith(0);
            await Box.Books.OutboxEmptyAsync();
        }
        finally
        {
            await LeaderAsync("resume");
            await channel.QueueDeleteAsync(Leaderless, cancellationToken: CancellationToken.None);
        }
    }

    /// <summary>The only member of the queue's cluster falls silent or speaks again.</summary>
    Task<string> LeaderAsync(string deed) =>
        Box.ControlAsync(["eval", $"ok = sys:{deed}('%2F_{Leaderless}')."]);

    Task<FullQueue> FillAsync() => FullQueue.OpenAsync(Box.Settings["ConnectionStrings:RabbitMq"]!);

    Task SaysAsync(string command, Func<string, bool> says) => Until.TrueAsync(
        async () => says((await VerbRun.OfAsync(Box.Settings, command, width: 4_000)).Out),
        $"{command} says so");

    static bool Names(string text) =>
        text.Contains("a queue bound to payment-reversed refuses events", StringComparison.Ordinal)
        && text.Contains("reversal-worker outbox list", StringComparison.Ordinal);

    Task TriedAsync(int events, int times) => Until.TrueAsync(
        async () => await Box.Books.NumberAsync(
            "SELECT count(*) FROM reversals.outbox WHERE attempts >= @times", new { times }) == events,
        $"{events} events were tried {times} times", 30);

    Task RestsAsync(int events) => Until.TrueAsync(
        async () => await Box.Books.NumberAsync(
            "SELECT count(*) FROM reversals.outbox WHERE held_until > now() AND lease_id IS NULL") == events,
        $"{events} events rest");
}
