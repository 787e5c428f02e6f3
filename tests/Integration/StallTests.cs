namespace Reversals.Tests.Integration;

/// <summary>Messages are at hand and none is committed: everything that tells of health says so, and why.</summary>
public sealed class StallTests(Servers servers) : ServerTest(servers)
{
    const int Requests = 20;

    /// <summary>PauseAfter and five seconds.</summary>
    const int InTime = 6;

    [Theory]
    [Each("reversals.reversal", "reversals.event", "reversals.outbox", "billing.bill", "billing.payment")]
    public async Task A_lock_on_a_table_is_named_by_ready_and_status_and_work_goes_on_when_it_ends(string table)
    {
        var worker = await StartAsync();
        await using (await Box.Books.HoldAsync($"LOCK TABLE {table}"))
        {
            await Box.Upstream.SendAllAsync(Some.Requests(Requests));
            await worker.SaysAsync([Trouble.Holder], InTime);
            (await worker.ReadyAsync()).Problem!.ShouldContain(table);
            await Until.TrueAsync(
                async () => await Box.Broker.WaitingAsync() == Requests
                    && await Box.Broker.ReadersAsync() == 0,
                "all are back in the queue");
            await Until.TrueAsync(
                async () => (await StatusAsync()).ShouldEndWith(0).Out.Replace('\n', ' ') is var status
                    && status.Contains($"({Trouble.Holder}, ", StringComparison.Ordinal)
                    && status.Contains($"holds {table} since", StringComparison.Ordinal),
                "status names it", InTime);
        }

        await GoesOnAsync(worker);
    }

    [Fact]
    public async Task A_full_disk_is_named_by_ready_status_and_page_and_nothing_is_quarantined()
    {
        Box.Settings["Page:Port"] = FormattableString.Invariant($"{Ports.Free()}");
        var worker = await StartAsync();
        await Box.Books.FailAsync("reversals.reversal", "53100");
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));

        await worker.SaysAsync(["53100: this is what the trigger says"], InTime);
        await Until.TrueAsync(
            async () => await StatusAsync() is { Code: 0, Out: var text }
                && text.Contains("STALLED: Worker", StringComparison.Ordinal)
                && text.Contains("this is what the trigger says", StringComparison.Ordinal),
            "status says so", InTime);
        using var http = new HttpClient();
        (await http.GetStringAsync(new Uri($"http://127.0.0.1:{Box.Settings["Page:Port"]}/"), Stop))
            .ShouldContain("none was committed for");

        await Box.Books.MendAsync("reversals.reversal");
        await GoesOnAsync(worker);
    }

    /// <summary>A write is possible, and the batch of this worker gets nowhere nevertheless.</summary>
    [Fact]
    public async Task A_commit_that_takes_too_long_turns_ready_red_although_others_could_write()
    {
        var worker = await StartAsync();
        await Box.Books.RunAsync(
            """
            CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.client_id <> '' THEN
                    SET LOCAL statement_timeout = 0;
                    PERFORM pg_sleep(1);
                END IF;
                RETURN NULL;
            END
            $$;
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON reversals.reversal DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION public.slow()
            """);
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));

        await worker.SaysAsync(["Nothing was committed for"], InTime);
        await Box.Books.RunAsync("DROP TRIGGER slow ON reversals.reversal");
        await Box.Books.AppliedAsync(Requests);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        await worker.BecomesReadyAsync();
    }

    [Fact]
    public async Task A_held_bill_is_told_and_does_not_turn_ready_red()
    {
        var worker = await StartAsync();
        await using (await Box.Books.HoldAsync("SELECT FROM billing.bill WHERE id = 1000007 FOR UPDATE"))
        {
            await Box.Upstream.SendAllAsync(Some.Requests(Requests));
            await Box.Tap.HearEachAsync(Requests - 1);
            await Until.TrueAsync(
                async () => (await worker.ReadyAsync()).Text.Contains("degraded", StringComparison.Ordinal),
                "it says that some wait", InTime);
            (await worker.ReadyAsync()).Status.ShouldBe(HttpStatusCode.OK);
            (await worker.ReadyAsync()).Problem!.ShouldStartWith("1 message(s) wait, the others go on");
            await Until.TrueAsync(
                async () => (await StatusAsync()).Out.Contains("1 message(s) wait", StringComparison.Ordinal),
                "status says so");
            (await StatusAsync("--json")).Json.GetProperty("queues")[0].GetProperty("unacknowledged").GetInt64()
                .ShouldBe(1);

            // Others are committed all the time, and still it is told who is in the way of this one.
            var pid = await Box.Books.NumberAsync(
                $"SELECT pid FROM pg_stat_activity WHERE application_name = '{Trouble.Holder}'");
            string[] words =
            [
                $"session {pid} ({Trouble.Holder}, ", "idle in transaction) holds bill 1000007 since ",
                " s, and request-7 of acme waits for it",
            ];
            await worker.HintsAsync(words);
            await Until.TrueAsync(
                async () => (await StatusAsync()).Out.Replace('\n', ' ') is var text
                    && words.All(word => text.Contains(word, StringComparison.Ordinal)), "status names it");
            await Until.LoggedAsync("holds bill 1000007 since");
            LogCapture.Text.ShouldContain("BillHeld");
        }

        (await Box.Tap.HearEachAsync(Requests))[^1].ReferenceId.ShouldBe("request-7");
        await worker.IsWellAsync();
    }

    [Fact]
    public async Task While_all_is_well_nobody_complains()
    {
        var worker = await StartAsync();
        for (var round = 0; round < Requests; round++)
        {
            await Box.AskAsync(Some.Request($"P{round + 1}", $"request-{round + 1}"));
            (await worker.ReadyAsync()).Text.ShouldContain("\"ok\"");
        }

        await Until.TrueAsync(
            async () => await Box.Books.CountAsync("reversals.worker_state WHERE problem IS NULL") == 1,
            "it tells how it is doing");
        var status = await StatusAsync("--json");
        status.Json.GetProperty("stalls").GetArrayLength().ShouldBe(0);
        await Until.TrueAsync(
            async () => (await StatusAsync("--json")).Json.GetProperty("queues")[0]
                .GetProperty("unacknowledged").GetInt64() == 0,
            "it tells that all is acknowledged");
        LogCapture.Text.ShouldNotContain("\"@l\":\"Warning\"");
        await Box.StopWorkersAsync();
        (await Box.Books.CountAsync("reversals.worker_state")).ShouldBe(0, "who has ended is not missed");
    }

    [Theory]
    [Each("LOCK TABLE reversals.reversal", "LOCK TABLE reversals.outbox")]
    public async Task It_can_be_stopped_in_time_while_everything_stalls(string hold)
    {
        Box.Settings["Batching:PauseAfter"] = "00:01:00";
        var worker = await StartAsync();
        await using var holder = await Box.Books.HoldAsync(hold);
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));
        await Until.LoggedAsync("a message needs a row that somebody holds");
        await WithinAsync(30, () => worker.StopAsync());
        await Until.LoggedAsync("Stopped");
        await Box.Broker.HoldsAsync(Requests);
        (await Box.Broker.DeliveryCountsAsync()).ShouldAllBe(count => count <= 2, "once, and no round and round");
    }

    async Task<HostedWorker> StartAsync()
    {
        Box.Settings.TryAdd("Batching:PauseAfter", "00:00:01");
        await Box.Books.ManyAsync(Requests);
        return await Box.StartWorkerAsync();
    }

    async Task GoesOnAsync(HostedWorker worker)
    {
        await Until.TrueAsync(() => Box.Tap.Count > 0, "it goes on by itself", 5);
        (await Box.Tap.HearEachAsync(Requests)).ShouldAllBe(one => one.Reason == "REVERSED");
        await worker.BecomesReadyAsync(seconds: 5);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        await Box.NothingIsLeftAsync();
    }

    Task<VerbRun> StatusAsync(string options = "") => RunAsync($"status {options}");
}
