namespace Reversals.Tests.Integration;

/// <summary>The synchronous standby is away longer than any timeout, and then the primary is lost and the
/// standby takes over. What was acknowledged is there, and what was published is true.</summary>
public sealed class FailoverTests(Servers servers) : ServerTest(servers)
{
    const int Before = 40;
    const int While = 200;

    [Theory]
    [InlineData("00:10:00", "nobody gives back: only the driver's own timeout could cancel a commit")]
    [InlineData("00:00:01", "the messages are given back while a commit waits")]
    public async Task Nothing_acknowledged_is_lost_and_nothing_published_is_untrue(string pauseAfter, string why)
    {
        why.ShouldNotBeEmpty();
        await using var pair = await PostgresPair.StartAsync();
        var link = await StartAsync(pair, pauseAfter);
        await pair.StopAsync(pair.StandbyPort, "fast");
        var sending = SendSlowlyAsync();

        // Far longer than the timeout of commands, which is one second here.
        var began = Stopwatch.GetTimestamp();
        await Until.TrueAsync(
            () => Stopwatch.GetElapsedTime(began).TotalSeconds > 6, "the standby is away for six seconds");
        await sending;
        await FailOverAsync(pair, link);

        await AllIsTrueAsync(pair);
    }

    [Fact]
    public async Task What_a_restart_makes_visible_before_the_standby_has_it_is_not_published()
    {
        await using var pair = await PostgresPair.StartAsync();
        var link = await StartAsync(pair, pauseAfter: "00:00:01");
        await pair.StopAsync(pair.StandbyPort, "fast");
        var sending = SendSlowlyAsync();
        await Until.TrueAsync(
            async () => await pair.WaitingForStandbyAsync() > 0, "a commit waits for the standby", 60);
        await sending;

        await pair.StopAsync(pair.PrimaryPort, "fast");
        await pair.StartAsync(pair.PrimaryPort);
        await using (var primary = new Books(pair.Primary))
        {
            (await primary.CountAsync("reversals.reversal")).ShouldBeGreaterThan(Before);
            await Until.TrueAsync(
                async () => await primary.NumberAsync(
                    $"SELECT count(*) {Waiting}") > 0 || Box.Tap.Count > Before,
                "the relay claims what has become visible");
        }

        await FailOverAsync(pair, link);

        await AllIsTrueAsync(pair);
    }

    /// <summary>The worker decides the same request again, without any help of the broker.</summary>
    [Fact]
    public async Task What_may_have_been_refused_is_not_applied_when_its_payment_comes_meanwhile()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var local = new Books(pair.Primary + ";Options=-c synchronous_commit=local");
        await local.BillAsync();
        Box.Settings["ConnectionStrings:Postgres"] = pair.Primary;
        Box.Settings["Batching:PauseAfter"] = "00:01:00";
        await Box.StartWorkerAsync();
        await pair.StopAsync(pair.StandbyPort, "fast");
        await Box.Upstream.SendAsync(
            Some.Request("P1", "request-1"), change: to => to.Headers![Wire.PendingForHeader] = "0");
        await Until.TrueAsync(
            async () => await local.NumberAsync($"SELECT count(*) {Waiting}") > 0, "the refusal waits for the standby");

        await local.PayAsync(1, "P1", 1000);
        await local.RunAsync($"SELECT pg_cancel_backend(pid) {Waiting}");
        await pair.StartAsync(pair.StandbyPort);

        await Box.Tap.HearAsync(1);
        var heard = await Box.Tap.SettleAsync();
        heard.ShouldAllBe(one => one.Reason == "PAYMENT_NOT_FOUND");
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(1);
        (await local.CountAsync("reversals.reversal")).ShouldBe(0);
    }

    /// <summary>Commits of a batch, not those of a probe.</summary>
    const string Waiting =
        "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query NOT LIKE '%emit_message%'";

    /// <summary>A worker under load, some of it done while all was well.</summary>
    async Task<Link> StartAsync(PostgresPair pair, string pauseAfter)
    {
        await using (var books = new Books(pair.Primary))
        {
            await books.ManyAsync(Before + While);
        }

        Box.Settings["ConnectionStrings:Postgres"] = new NpgsqlConnectionStringBuilder(pair.Primary)
        {
            Pooling = true, CommandTimeout = 1,
        }.ConnectionString;
        Box.Settings["Batching:PauseAfter"] = pauseAfter;
        Box.Settings["Outbound:Lease"] = "00:00:01";
        var link = Box.LinkToPostgres();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(Before));
        await Box.Tap.HearAsync(Before);
        return link;
    }

    async Task SendSlowlyAsync()
    {
        foreach (var few in Some.Requests(Before + While).Skip(Before).Chunk(10))
        {
            await Box.Upstream.SendAllAsync(few);
            await Task.Delay(100, Stop);
        }
    }

    /// <summary>The primary's machine is lost; the standby comes back and takes over at the same address.</summary>
    static async Task FailOverAsync(PostgresPair pair, Link link)
    {
        await pair.StopAsync(pair.PrimaryPort, "immediate");
        await pair.StartAsync(pair.StandbyPort);
        await pair.PromoteAsync();
        link.LeadTo(pair.StandbyPort);
    }

    async Task AllIsTrueAsync(PostgresPair pair)
    {
        await using var books = new Books(pair.Promoted);
        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync() == 0
                && await books.CountAsync("reversals.reversal") == Before + While,
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
