namespace Reversals.Tests.Integration;

/// <summary>Messages that the broker gave up redelivering: workers read them too, one at a time.</summary>
public sealed class DeadLetterTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task What_lies_among_the_dead_letters_is_answered_or_quarantined_like_any_other_message()
    {
        await Box.Books.ManyAsync(1);
        await Box.DeployTopologyAsync();
        foreach (var (body, signed) in ((string, bool)[])
            [(Some.Request("P1", "request-1"), true), ("{}", false)])
        {
            var bytes = Some.Utf8(body);
            await Box.Broker.SendDeadAsync(bytes, new() { Headers = signed ? Some.Signed(bytes) : null });
        }

        await Box.StartWorkerAsync();
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.Books.QuarantinedAsync(1);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task A_worker_killed_21_times_with_messages_in_flight_loses_nothing_and_doubles_nothing()
    {
        const int requests = 200;
        await Box.QueueAsync(requests);
        await Box.SetPolicyAsync(Wire.RequestQueue, """{"delivery-limit": 5}""");
        try
        {
            await KillAsync(times: 21);
        }
        finally
        {
            await Box.SetPolicyAsync(Wire.RequestQueue, definition: "");
        }

        await Box.StartWorkerAsync();
        await Box.Books.AppliedAsync(requests, 60);
        await Box.Books.OutboxEmptyAsync();
        var heard = await Box.Tap.SettleAsync();
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(requests);
        heard.ShouldAllBe(one => one.Reason == "REVERSED");
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        await Box.NothingIsLeftAsync();
    }

    /// <summary>All bills are held meanwhile, so that no commit is faster than the kill.</summary>
    async Task KillAsync(int times)
    {
        await using var held = await Box.Books.HoldAsync("SELECT id FROM billing.bill FOR UPDATE");
        for (var kill = 1; kill <= times; kill++)
        {
            using (Box.StartProcess())
            {
                await Box.Broker.ReadByAsync(1, 40);
            }

            await Box.Broker.ReadByAsync(0);
        }

        (await Box.Broker.WaitingAsync(Wire.DeadLetterQueue)).ShouldBeGreaterThan(0u, "the limit is crossed");
    }
}
