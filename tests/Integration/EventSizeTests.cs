namespace Reversals.Tests.Integration;

/// <summary>An event that is larger than the broker takes, and what becomes of all others.</summary>
public sealed class EventSizeTests(Servers servers) : ServerTest(servers)
{
    const int BrokerLimit = 100_000;

    [Fact]
    public async Task A_request_whose_event_would_be_too_large_changes_nothing_and_its_neighbours_are_done()
    {
        Box.Settings["Outbound:MaxEventBytes"] = "20000";
        var bill = await LargeBillAsync("P-LARGE", 20_000);
        await Box.Books.ManyAsync(40);
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAllAsync(
        [
            .. Some.Requests(20), Some.Request("P-LARGE", "large-1"),
            Some.Request("P-LARGE", "large-2", 10_001), .. Some.Requests(40).Skip(20),
        ]);
        await Box.StartWorkerAsync();

        await Box.Books.QuarantinedAsync(2);
        await Until.TrueAsync(() => Reversed() == 40 && Rejected() == 2, "all are answered");
        var failed = Box.Tap.All.Where(one => one.Reason == "INTERNAL_ERROR").ToList();
        failed.Select(one => one.ReferenceId).Order().ShouldBe(["large-1", "large-2"]);
        failed.ShouldAllBe(one => one.Json.GetProperty("data").ValueKind == JsonValueKind.Null);
        (await Box.Books.QuarantineAsync()).ShouldAllBe(one => one.Cause == "INTERNAL_ERROR");
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 10_000, 0));
        await Until.LoggedAsync("Outbound:MaxEventBytes allows 20000");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task An_event_of_the_largest_size_is_published()
    {
        Box.Settings["Outbound:MaxEventBytes"] = "16777216";
        await LargeBillAsync("P-LARGE", 2_000_000);
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P-LARGE", "large-1"))).Body.Length.ShouldBeGreaterThan(2_000_000);
    }

    [Fact]
    public async Task Events_over_which_the_broker_closes_the_channel_wait_alone_and_all_others_go_out()
    {
        Box.Settings["Outbound:MaxEventBytes"] = "1000000";
        Box.Settings["Outbound:MaxBackoff"] = "00:00:01";
        await using var limited = await LimitAsync();
        await LargeBillAsync("P-LARGE", 150_000, "8573990000000002");
        await LargeBillAsync("P-LARGER", 300_000, "8573990000000003");
        var large = await Box.Books.PaidAsync("P-NEXT", 10_000, vaNumber: "8573990000000004");
        await Box.Books.ManyAsync(200);
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAllAsync(
        [
            .. Some.Requests(100), Some.Request("P-LARGE", "large-1"),
            Some.Request("P-LARGE", "large-2", 10_001), Some.Request("P-LARGER", "large-3"),
            .. Some.Requests(200).Skip(100),
            .. Enumerable.Range(1, 100).Select(number => Some.Request("NOBODYS", $"unknown-{number}")),
        ]);
        await Box.StartWorkerAsync();

        await Until.TrueAsync(() => Reversed() == 200 && Rejected() == 100, "all others go out");
        (await Box.Books.QuarantineAsync()).ShouldBeEmpty();
        await Until.TrueAsync(
            async () => await Box.Books.TextAsync(
                """
                SELECT string_agg(e.reference_id, ' ' ORDER BY e.reference_id)
                FROM reversals.outbox o JOIN reversals.event e USING (event_id)
                """) == "large-1 large-2 large-3",
            "only what is too large waits");
        await Until.LoggedInOneLineAsync(
            await EventOfAsync("large-1"), "cannot be published", "configured max size 100000",
            "Raise max_message_size");
        await Until.LoggedAsync(await EventOfAsync("large-2"));
        await Until.LoggedAsync(await EventOfAsync("large-3"));

        // What comes now meets a relay that knows the size.
        await Box.Upstream.SendAsync(Some.Request("P-NEXT", "next-1"));
        await Until.TrueAsync(() => Reversed() == 201, "the next one goes out");
        await limited.DisposeAsync();
        await Box.Books.OutboxEmptyAsync(30);
        Reversed().ShouldBe(203);
        Rejected().ShouldBe(101);
    }

    /// <summary>A missing exchange closes the channel too, with each event.</summary>
    [Fact]
    public async Task An_exchange_that_is_gone_is_no_events_fault()
    {
        await Box.Books.ManyAsync(20);
        await Box.StartWorkerAsync();
        await Box.Broker.UseAsync(channel =>
            channel.ExchangeDeleteAsync(Wire.PaymentReversedExchange, cancellationToken: Stop));
        await Box.Upstream.SendAllAsync(Some.Requests(20));
        await Until.LoggedAsync("NOT_FOUND");
        await Box.Tap.BindAsync();
        await Until.TrueAsync(() => Reversed() == 20, "all are published");
        await Box.Books.OutboxEmptyAsync();
        LogCapture.Text.ShouldNotContain("cannot be published");
    }

    int Reversed() => Distinct(Wire.PaymentReversedExchange);

    int Rejected() => Distinct(Wire.ReversalRejectedExchange);

    async Task<string> EventOfAsync(string reference) => (await Box.Books.TextAsync(
        "SELECT event_id::text FROM reversals.event WHERE reference_id = @reference", new { reference }))!;

    /// <summary>Those that were on their way with a culprit may come twice.</summary>
    int Distinct(string exchange) => Box.Tap.All
        .Where(one => string.Equals(one.Exchange, exchange, StringComparison.Ordinal))
        .DistinctBy(one => one.EventId).Count();

    /// <summary>A bill that is paid with 10 000, and has so much to say.</summary>
    async Task<long> LargeBillAsync(string paymentRef, int bytes, string vaNumber = Some.VaNumber)
    {
        var bill = await Box.Books.PaidAsync(paymentRef, 10_000, vaNumber: vaNumber);
        await Box.Books.RunAsync(
            "UPDATE billing.bill SET additional_data = to_jsonb(repeat('x', @bytes)) WHERE id = @bill",
            new { bill, bytes });
        return bill;
    }

    /// <summary>Channels opened from now on take no larger message.</summary>
    async Task<Limited> LimitAsync()
    {
        var usual = await Box.ControlAsync(
            ["eval", "application:get_env(rabbit, max_message_size, 134217728)."]);
        var digits = string.Concat(usual.Where(char.IsAsciiDigit));
        await SetLimitAsync(BrokerLimit.ToString(CultureInfo.InvariantCulture));
        return new Limited(() => SetLimitAsync(digits));
    }

    /// <summary>RabbitMQ 3.10 asks the environment, later ones a term that is set at the start.</summary>
    Task<string> SetLimitAsync(string bytes) => Box.ControlAsync(
    [
        "eval",
        $"application:set_env(rabbit, max_message_size, {bytes}), "
            + $"persistent_term:put(max_message_size, {bytes}).",
    ]);

    sealed class Limited(Func<Task> restore) : IAsyncDisposable
    {
        bool _isOver;

        public async ValueTask DisposeAsync()
        {
            if (!_isOver)
            {
                _isOver = true;
                await restore();
            }
        }
    }
}
