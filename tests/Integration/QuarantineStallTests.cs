namespace Reversals.Tests.Integration;

/// <summary>A message that even the quarantine refuses: told once, tried rarely, lost never.</summary>
public sealed class QuarantineStallTests(Servers servers) : ServerTest(servers)
{
    [Theory]
    [Each("23514", "22P05", "P0001", "53100")]
    public async Task A_row_that_is_refused_turns_ready_red_with_the_cause_and_good_traffic_goes_on(string state)
    {
        const int good = 20;
        Box.Settings["Batching:PauseAfter"] = "00:00:01";
        await Box.Books.ManyAsync(good);
        var worker = await Box.StartWorkerAsync();
        await Box.Books.FailAsync("reversals.quarantine", state, "NEW.cause = 'SIGNATURE_MISSING'");
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!["Signature"] = new string('0', 64));

        await worker.SaysAsync(["Messages cannot be quarantined", "this is what the trigger says"], 6);
        await Box.Books.QuarantinedAsync(1);
        await Box.Upstream.SendAllAsync(Some.Requests(good));
        await Box.Tap.HearEachAsync(good);
        (await Box.Broker.ReadersAsync()).ShouldBe(1u, "it reads on");
        await Until.LoggedInOneLineAsync("quarantine", "this is what the trigger says");
        LogCapture.Text.Split('\n').Count(line => line.Contains("trigger says", StringComparison.Ordinal))
            .ShouldBeLessThan(12, "not a line for each try");

        await Box.Books.MendAsync("reversals.quarantine");
        await Box.Books.QuarantinedAsync(2);
        await worker.IsWellAsync(5);
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_refused_row_is_tried_a_few_times_and_not_thousands()
    {
        await Box.StartWorkerAsync();
        await Box.Books.RunAsync("CREATE SEQUENCE public.tries");
        await Box.Books.FailAsync("reversals.quarantine", "23514", "nextval('public.tries') > 0");
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        async Task<long> TriesAsync() => await Box.Books.NumberAsync("SELECT last_value FROM public.tries");

        await Until.TrueAsync(async () => await TriesAsync() >= 6, "it backs off");
        await Box.StopWorkersAsync();
        (await TriesAsync()).ShouldBeLessThan(10);
        (await Box.Broker.WaitingAsync()).ShouldBe(1u, "it is given back");
    }

    [Fact]
    public async Task A_lock_on_the_quarantine_holds_up_only_what_is_quarantined()
    {
        Box.Settings["Batching:PauseAfter"] = "00:00:01";
        await Box.Books.ManyAsync(1);
        var worker = await Box.StartWorkerAsync();
        await using (await Box.Books.HoldAsync("LOCK TABLE reversals.quarantine"))
        {
            await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
            await worker.SaysAsync(["Messages cannot be quarantined"], 6);
            await Box.AskAsync(Some.Request("P1", "request-1"));
        }

        await Box.Books.QuarantinedAsync(1);
        await worker.IsWellAsync(5);
    }
}
