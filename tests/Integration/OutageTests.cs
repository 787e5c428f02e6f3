namespace Reversals.Tests.Integration;

/// <summary>A server that stays away: nothing is held, nothing is lost, and it goes on by itself.</summary>
public sealed class OutageTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task While_nothing_can_be_committed_the_messages_go_back_once_and_reading_goes_on_by_itself()
    {
        const int requests = 300;
        Box.Settings["Batching:PauseAfter"] = "00:00:01";
        await Box.Books.ManyAsync(requests);
        var link = Box.LinkToPostgres();
        var worker = await Box.StartWorkerAsync();
        link.Cut();
        await Box.Upstream.SendAllAsync(Some.Requests(requests));
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));

        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync() == requests + 1
                && await Box.Broker.ReadersAsync() == 0,
            "all are back in the queue");
        (await worker.LiveAsync()).Status.ShouldBe(HttpStatusCode.OK);
        var ready = await worker.ReadyAsync();
        ready.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        ready.Problem.ShouldNotBeNull().ShouldContain("PostgreSQL at 127.0.0.1");
        (await Box.Broker.DeliveryCountsAsync()).ShouldAllBe(count => count == 1);
        await Until.LoggedAsync("next try in 500 ms");
        LogCapture.Text.Split('\n').Length.ShouldBeLessThan(100, "not a line for each message");

        link.Restore();
        await Box.Broker.ReadByAsync(1, 5);
        (await Box.Tap.HearAsync(requests)).ShouldAllBe(one => one.Reason == "REVERSED" && !one.IsReplay);
        await Box.Books.QuarantinedAsync(1);
        (await worker.ReadyAsync()).Problem.ShouldBeNull();
        await Box.SettledAsync();
    }

    [Fact]
    public async Task After_a_long_outage_of_the_broker_reading_and_publishing_go_on_at_once()
    {
        await Box.Books.ManyAsync(2);
        var link = Box.LinkToRabbitMq();
        var worker = await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
        link.Cut();
        await Until.LoggedInOneLineAsync("Nothing can be read", "RabbitMQ at 127.0.0.1");
        (await worker.ReadyAsync()).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await Box.Upstream.SendAsync(Some.Request("P2", "request-2"));
        LogCapture.Clear();

        // The same problem is told again after ten seconds: by then growing pauses would have grown.
        await Until.LoggedInOneLineAsync("Nothing can be read", "RabbitMQ at 127.0.0.1");
        link.Restore();
        (await Box.Tap.HearAsync(2, seconds: 5))[1].Reason.ShouldBe("REVERSED");
        await worker.BecomesReadyAsync();
        await Box.Books.OutboxEmptyAsync();
    }

    [Theory]
    [InlineData("set_vm_memory_high_watermark 0", "set_vm_memory_high_watermark 0.4")]
    [InlineData("set_disk_free_limit 1000000GB", "set_disk_free_limit 50MB")]
    public async Task During_an_alarm_at_the_broker_requests_are_done_and_their_events_follow_it(
        string raise, string end)
    {
        const int requests = 500;
        await Box.QueueAsync(requests);
        try
        {
            await Box.ControlAsync(raise.Split(' '));
            await Until.TrueAsync(HasAlarmAsync, "the alarm is on");
            await Box.StartUnreadyWorkerAsync();
            await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == 0
                && await Box.Books.CountAsync("reversals.reversal") == requests, "all are applied");
            (await Box.Books.CountAsync("reversals.outbox")).ShouldBeGreaterThan(requests - 10);
        }
        finally
        {
            await Box.ControlAsync(end.Split(' '));
            await Until.TrueAsync(async () => !await HasAlarmAsync(), "the alarm is over", 60);
        }

        await Until.TrueAsync(() => Box.Tap.Count > 0, "events come through again", 5);
        await Box.Books.OutboxEmptyAsync();
        (await Box.Tap.SettleAsync()).Select(one => one.EventId).Distinct().Count().ShouldBe(requests);
        await Box.NothingIsLeftAsync();
    }

    /// <summary>The broker tells of an alarm only to whom it has something to refuse.</summary>
    [Fact]
    public async Task A_worker_that_has_nothing_to_publish_knows_of_an_alarm_too()
    {
        var worker = await Box.StartWorkerAsync();
        try
        {
            await Box.ControlAsync("set_disk_free_limit", "1000000GB");
            await Until.TrueAsync(
                async () => (await worker.ReadyAsync()).Text.Contains("degraded", StringComparison.Ordinal),
                "it says so", 10);
            (await worker.ReadyAsync()).Problem.ShouldBe("RabbitMQ takes no events: low on disk");
        }
        finally
        {
            await Box.ControlAsync("set_disk_free_limit", "50MB");
        }

        await Until.TrueAsync(
            async () => (await worker.ReadyAsync()).Text.Contains("\"ok\"", StringComparison.Ordinal),
            "it is well again");
    }

    /// <summary>The driver prepares a statement when it is used for the second time: here, in the try that
    /// fails.</summary>
    [Fact]
    public async Task A_message_that_waited_for_its_bill_from_the_first_is_applied_when_the_bill_is_free()
    {
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        await using (await Box.Books.HoldAsync("SELECT id FROM billing.bill FOR UPDATE"))
        {
            await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
            await Until.LoggedAsync("a message needs a row that somebody holds");
        }

        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
    }

    [Fact]
    public async Task Who_holds_a_bill_holds_up_only_the_messages_of_that_bill()
    {
        const int requests = 300;
        await Box.QueueAsync(requests);
        await using (await Box.Books.HoldAsync(
            "SELECT id FROM billing.bill WHERE id IN (1000007, 1000008) FOR UPDATE"))
        {
            await Box.StartWorkerAsync();
            await Box.Tap.HearAsync(requests - 2);
            await Until.LoggedAsync("a message needs a row that somebody holds");

            // Also those that come while it is held.
            await Box.Upstream.SendAsync(Some.Request("P7", "request-7"));
            await Box.Upstream.SendAsync("{}");
            (await Box.Tap.HearAsync(requests - 1))[^1].Reason.ShouldBe("NO_IDENTIFIER");
        }

        var heard = await Box.Tap.HearAsync(requests + 2);
        heard.Count(one => one.ReferenceId == "request-7").ShouldBe(2);
        heard.Count(one => one.IsReplay).ShouldBe(1);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        await Box.SettledAsync();
    }

    async Task<bool> HasAlarmAsync() =>
        (await Box.ControlAsync("eval", "rabbit_alarm:get_alarms().")).Trim() != "[]";
}
