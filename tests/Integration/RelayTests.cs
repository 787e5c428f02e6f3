namespace Reversals.Tests.Integration;

/// <summary>From the outbox to the broker. Which event a row holds is of no interest here.</summary>
public sealed class RelayTests(Servers servers) : ServerTest(servers)
{
    /// <summary>Only what the test itself holds: a row that is leased belongs to a relay, which would publish
    /// it twice.</summary>
    const string LetGo = "UPDATE reversals.outbox SET held_until = '-infinity' WHERE held_until = 'infinity'";

    const string Row =
        """
        WITH told AS (
            INSERT INTO reversals.event
                (event_id, kind, client_id, rc, reason, body, occurred_at)
            VALUES (gen_random_uuid(), 'payment.reversal', 'acme', 'SUCCESS', 'REVERSED',
                convert_to(json_build_object('name', @name)::text, 'UTF8'), now())
            RETURNING event_id
        )
        INSERT INTO reversals.outbox (kind, event_id, bill_id, held_until)
        SELECT 'payment.reversal', event_id, @bill, @held::timestamptz FROM told
        """;

    [Fact]
    public async Task An_event_nobody_is_bound_for_waits_and_leaves_when_a_queue_is_bound()
    {
        await Box.Tap.UnbindAsync();
        await Box.StartWorkerAsync();
        await AddAsync("waits", bill: 1);
        await Until.LoggedAsync("Nobody is bound to exchange");
        (await Box.Books.CountAsync("reversals.outbox")).ShouldBe(1);

        await Box.Tap.BindAsync();
        await HearAsync("waits");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task An_exchange_nobody_is_bound_to_holds_up_no_other()
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        await Box.Tap.UnbindAsync(Wire.ReversalRejectedExchange);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAllAsync(
            Enumerable.Range(1, 600).Select(n => Some.Request("P1", $"request-{n}", 10_001)));
        await Until.LoggedAsync("Nobody is bound to exchange");
        (await Box.AskAsync(Some.Request("P1", "request-0"))).Reason.ShouldBe("REVERSED");

        await Box.Tap.BindAsync();
        (await Box.Tap.HearAsync(601)).Skip(1).ShouldAllBe(one => one.Reason == "EXCEEDS_REMAINING");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task Four_relays_publish_ten_thousand_rows_once_each_and_in_order_within_each_bill()
    {
        Box.PlantsEvents = true;
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
            SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'payment.reversal', 'acme',
                'SUCCESS', 'REVERSED',
                convert_to(json_build_object('bill', n % 2000, 'n', n)::text, 'UTF8'), now()
            FROM generate_series(1, 10000) n;
            INSERT INTO reversals.outbox (kind, event_id, bill_id)
            SELECT kind, event_id, (convert_from(body, 'UTF8')::json ->> 'bill')::bigint
            FROM reversals.event ORDER BY event_id
            """);
        await Box.StartWorkerAsync(4);
        await Box.Books.OutboxEmptyAsync(60);

        var heard = await Box.Tap.SettleAsync();
        heard.Count.ShouldBe(10_000);
        heard.Select(one => one.Properties.MessageId).Distinct().Count().ShouldBe(10_000);
        foreach (var bill in heard.GroupBy(one => one.Json.GetProperty("bill").GetInt64()))
        {
            bill.Select(one => one.Json.GetProperty("n").GetInt64()).ShouldBeInOrder();
        }
    }

    /// <summary>Those before have low ids: what a dead worker, or an outage of the broker, has left.</summary>
    [Fact]
    public async Task What_was_left_before_goes_out_in_one_go_though_newer_events_went_first()
    {
        Box.Settings["Outbound:ClaimLimit"] = "20";
        Box.Settings["Outbound:PollInterval"] = "00:00:02";
        var bill = await Box.Books.PaidAsync("PAY-A", 1000);
        await AddAsync(1000, held: "infinity");
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("PAY-A", "request-1"))).Reason.ShouldBe("REVERSED");

        await Box.Books.RunAsync(LetGo);
        await Box.Books.OutboxEmptyAsync(20);
        (await Box.Tap.SettleAsync()).Count.ShouldBe(1001);
    }

    /// <summary>What is published again because its confirm was late makes the broker later still: workers
    /// with much to publish could keep each other from ever being done.</summary>
    [Fact]
    public async Task A_broker_that_is_slow_is_waited_for_for_longer_than_a_lease()
    {
        const int events = 1500;
        Box.Settings["Outbound:Lease"] = "00:00:01";
        Box.Settings["Outbound:WaveSize"] = "500";
        Box.LinkToRabbitMq().BytesASecond = 40_000;
        await AddAsync(events);
        await Box.StartWorkerAsync(2);
        await Box.Books.OutboxEmptyAsync(60);

        (await Box.Tap.SettleAsync()).Count.ShouldBe(events);
    }

    [Fact]
    public async Task A_low_id_that_is_committed_late_is_still_published()
    {
        await Box.StartWorkerAsync();
        await using var slow = await Box.Books.OpenAsync();
        await using var transaction = await slow.BeginTransactionAsync(Stop);
        await using var insert = new NpgsqlCommand(
            Row.Replace("@name", "'late'", StringComparison.Ordinal)
                .Replace("@bill", "1", StringComparison.Ordinal)
                .Replace("@held", "'-infinity'", StringComparison.Ordinal),
            slow,
            transaction);
        await insert.ExecuteNonQueryAsync(Stop);
        await AddAsync("early", bill: 2);
        await HearAsync("early");

        await transaction.CommitAsync(Stop);
        await HearAsync("early", "late");
    }

    [Fact]
    public async Task Behind_a_held_event_its_bill_waits_and_other_bills_go_on()
    {
        await AddAsync("A", bill: 1, held: "infinity");
        await AddAsync("B", bill: 1);
        await AddAsync("C", bill: 2);
        await Box.StartWorkerAsync();
        await HearAsync("C");

        // One more round trip of the relay, so that B had its chance.
        await AddAsync("D", bill: null);
        await HearAsync("C", "D");
        await Box.Books.RunAsync(LetGo);
        await HearAsync("C", "D", "A", "B");
        await Box.Books.OutboxEmptyAsync();
    }

    /// <summary>What a commit adds goes to its own relay at once, but never past somebody else's.</summary>
    [Fact]
    public async Task A_new_event_waits_while_an_older_one_of_its_bill_is_still_here()
    {
        var bill = await Box.Books.PaidAsync("PAY-A", 1000);
        var other = await Box.Books.PaidAsync("PAY-B", 1000, vaNumber: "8573990000000002");
        await AddAsync("older", bill, held: "infinity");
        await Box.StartWorkerAsync();

        await Box.Upstream.SendAsync(Some.Request("PAY-A", "request-1"));
        (await Box.AskAsync(Some.Request("PAY-B", "request-2"))).ReferenceId.ShouldBe("request-2");
        (await Box.Books.NumberAsync(
            "SELECT count(*) FROM reversals.outbox WHERE bill_id = @bill AND attempts = 0", new { bill }))
            .ShouldBe(2);

        await Box.Books.RunAsync(LetGo);
        var heard = await Box.Tap.HearAsync(3);
        heard[1].Json.TryGetProperty("name", out _).ShouldBeTrue();
        heard[2].ReferenceId.ShouldBe("request-1");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task A_new_event_does_not_wait_for_a_copy_of_an_older_one_of_its_bill()
    {
        var bill = await Box.Books.PaidAsync("PAY-A", 1000);
        await AddAsync("copy", bill, held: "infinity");
        await Box.Books.RunAsync("UPDATE reversals.outbox SET replayed = true");
        await Box.StartWorkerAsync();

        (await Box.AskAsync(Some.Request("PAY-A", "request-1"))).ReferenceId.ShouldBe("request-1");

        await Box.Books.RunAsync(LetGo);
        (await Box.Tap.HearAsync(2))[1].IsReplay.ShouldBeTrue();
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task What_a_dead_worker_had_leased_is_published_when_the_lease_is_over()
    {
        await AddAsync("leased", bill: 1);
        await Box.Books.RunAsync(
            "UPDATE reversals.outbox SET lease_id = gen_random_uuid(), held_until = now() + interval '1 s'");
        await AddAsync("behind it", bill: 1);
        await Box.StartWorkerAsync();
        await HearAsync("leased", "behind it");
    }

    [Fact]
    public async Task A_broker_that_goes_away_three_times_in_a_burst_costs_no_event()
    {
        const int requests = 3000;
        var link = Box.LinkToRabbitMq();
        await Box.QueueAsync(requests);
        var worker = await Box.StartUnreadyWorkerAsync();
        foreach (var reached in (int[])[1, 800, 1600])
        {
            await Until.TrueAsync(() => Box.Tap.Count >= reached, $"{reached} events came through");
            link.Cut();
            await Until.TrueAsync(
                async () => (await worker.ReadyAsync()).Status != HttpStatusCode.OK, "the worker misses it");
            link.Restore();
        }

        await Box.Books.CountedAsync("reversals.event", requests, 60);
        await Box.Books.OutboxEmptyAsync(60);
        (await Box.Tap.SettleAsync()).Select(one => one.EventId).Distinct().Count().ShouldBe(requests);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        await worker.BecomesReadyAsync();
    }

    [Fact]
    public async Task The_events_of_a_hot_bill_keep_their_order_with_three_workers()
    {
        const int payments = 600;
        var hot = await Box.Books.BillAsync();
        await Box.Books.RunAsync(
            """
            INSERT INTO billing.payment (bill_id, client_id, payment_ref, va_number, amount)
            SELECT @hot, 'acme', 'HOT' || n, '8573991234567890', 10 FROM generate_series(1, @payments) n;
            UPDATE billing.bill SET paid_amount = 10 * @payments WHERE id = @hot
            """,
            new { hot, payments });
        await Box.Books.ManyAsync(payments);
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAllAsync(Enumerable.Range(1, payments).SelectMany(n => (string[])
        [
            Some.Request($"HOT{n}", $"hot-{n}"), Some.Request($"P{n}", $"cold-{n}"),
            Some.Request($"HOT{n}", $"hot-{n}"),
        ]));
        await Box.StartWorkerAsync(3);

        var heard = await Box.Tap.HearAsync(3 * payments, 60);
        heard.Where(one => one.ReferenceId!.StartsWith("hot-", StringComparison.Ordinal))
            .DistinctBy(one => one.EventId)
            .Select(one => one.Json.GetProperty("bill_version").GetInt64())
            .ShouldBe(Enumerable.Range(1, payments).Select(n => (long)n));
        (await Box.Books.StateAsync(hot)).ShouldBe(new BillState("active", 0, payments));
        await Box.Books.OutboxEmptyAsync();
    }

    Task AddAsync(string name, long? bill, string held = "-infinity")
    {
        Box.PlantsEvents = true;
        return Box.Books.RunAsync(Row, new { name, bill, held });
    }

    /// <summary>Events without a bill, which have nothing to wait for.</summary>
    Task AddAsync(int events, string held = "-infinity")
    {
        Box.PlantsEvents = true;
        return Box.Books.RunAsync(
            """
            INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
            SELECT gen_random_uuid(), 'payment.reversal', 'acme', 'SUCCESS', 'REVERSED', '{}', now()
            FROM generate_series(1, @events);
            INSERT INTO reversals.outbox (kind, event_id, held_until)
            SELECT kind, event_id, @held::timestamptz FROM reversals.event
            """,
            new { events, held });
    }

    async Task HearAsync(params string[] names) =>
        (await Box.Tap.HearAsync(names.Length))
            .Select(one => one.Json.GetProperty("name").GetString()).ShouldBe(names);
}
