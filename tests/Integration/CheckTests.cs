namespace Reversals.Tests.Integration;

/// <summary>
/// <c>check</c> ends with 1 and says what to do. Members, several servers, standbys, their settings, poolers and
/// views have tests of their own: QueueMemberTests, HostListTests, SynchronousCommitTests, PoolerTests,
/// SessionTests, BringYourBillsTests.
/// </summary>
public sealed class CheckTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task All_is_well_and_the_workers_are_named()
    {
        await Box.StartWorkerAsync();
        await Until.TrueAsync(
            async () => (await CheckAsync()) is { Code: 0 } check
                && check.Out.Contains("reads, commits and publishes", Ordinal)
                && check.Out.Contains("none: messages are taken", Ordinal),
            "all is well");
    }

    [Fact]
    public async Task A_schema_that_is_newer_than_the_worker_is_named_and_the_worker_goes_on()
    {
        await Box.Books.RunAsync("""
            INSERT INTO reversals.schema_version (scriptname, applied)
            VALUES ('Migrations/9999_later.sql', now())
            """);
        await Box.StartWorkerAsync();
        var check = (await CheckAsync()).ShouldEndWith(1);
        check.Out.ShouldContain("9999_later.sql: newer than this worker");
        check.Out.ShouldContain("Rolling back");
    }

    [Fact]
    public async Task Nobody_bound_to_the_events_is_named_by_the_plugin()
    {
        await using var management = await ManagementPlugin.EnableAsync(Box);
        Box.Settings["RabbitMq:ManagementPort"] = FormattableString.Invariant($"{management.Port}");
        await Box.StartWorkerAsync();
        await Until.TrueAsync(async () => (await CheckAsync()).Code == 0, "the tap is bound");

        await Box.Tap.UnbindAsync(Wire.PaymentReversedExchange);
        await Until.TrueAsync(
            async () => await CheckAsync() is { Code: 1 } check
                && check.Out.Contains($"nobody is bound to {Wire.PaymentReversedExchange}", Ordinal)
                && check.Out.Contains("Bind each subscriber's queue", Ordinal),
            "check says so");
        (await RunAsync("topology diff")).ShouldEndWith(1).Out.ShouldContain("nobody is bound");
        await Box.Tap.BindAsync();
    }

    [Fact]
    public async Task Without_the_plugin_a_worker_whose_events_find_nobody_says_so()
    {
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        (await CheckAsync()).ShouldEndWith(0).Out.ShouldContain("rabbitmqctl list_bindings");
        await Box.Tap.UnbindAsync(Wire.PaymentReversedExchange);
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        foreach (var command in (string[])["check", "status"])
        {
            await Until.TrueAsync(
                async () => (await VerbRun.OfAsync(Box.Settings, command, width: 4_000)).Out.Contains(
                    "nobody is bound to the exchange of payment.reversal", Ordinal),
                $"{command} says so");
        }

        (await CheckAsync()).Code.ShouldBe(1);
        await Box.Tap.BindAsync();
        await Until.TrueAsync(async () => (await CheckAsync()).Code == 0, "it is over");
    }

    [Fact]
    public async Task An_alarm_of_the_broker_is_named_with_and_without_a_worker()
    {
        await Box.DeployTopologyAsync();
        await Box.ControlAsync("set_vm_memory_high_watermark", "0");
        try
        {
            await Until.TrueAsync(
                async () => await CheckAsync() is { Code: 1 } check
                    && check.Out.Contains("RabbitMQ takes no messages: low on memory", Ordinal),
                "check says so");
            await Box.StartUnreadyWorkerAsync();
            await Until.TrueAsync(
                async () => (await VerbRun.OfAsync(Box.Settings, "status", width: 4_000)).Out.Contains(
                    "RabbitMQ takes no events: low on memory", Ordinal),
                "status says so");
        }
        finally
        {
            await Box.ControlAsync("set_vm_memory_high_watermark", "0.4");
        }

        await Until.TrueAsync(async () => (await CheckAsync()).Code == 0, "it is over");
    }

    static StringComparison Ordinal => StringComparison.Ordinal;

    Task<VerbRun> CheckAsync() => VerbRun.OfAsync(Box.Settings, "check", width: 4_000);
}
