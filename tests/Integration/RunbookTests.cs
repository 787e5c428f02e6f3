using System.Text.RegularExpressions;

namespace Reversals.Tests.Integration;

/// <summary>
/// What deploy/README.md says to do first when an alert fires, done in that trouble: it says what is promised.
/// Those of a worker that is down, of rejections and of the gateway are one line or two of what is known.
/// </summary>
public sealed partial class RunbookTests(Servers servers) : ServerTest(servers)
{
    /// <summary>Each alert, and where its first action is tried.</summary>
    static readonly Dictionary<string, string> Tried = new(StringComparer.Ordinal)
    {
        ["ReversalWorkerDown"] = nameof(What_a_worker_lacks_is_said_by_check),
        ["ReversalNoConsumers"] = nameof(That_nobody_reads_is_said_by_status_and_check),
        ["ReversalNothingCommitted"] = nameof(The_session_in_the_way_is_named_by_status),
        ["ReversalBillHeld"] = nameof(StallTests),
        ["ReversalBacklogOld"] = nameof(That_nobody_reads_is_said_by_status_and_check),
        ["ReversalDeadLettered"] = nameof(Dead_letters_are_counted_by_status),
        ["ReversalClientFloods"] = "SettingReloadTests",
        ["ReversalSettingsRefused"] = "SettingReloadTests",
        ["ReversalQuarantineNotEmpty"] = nameof(The_quarantine_is_listed_by_cause_and_sent_again_once_it_is_mended),
        ["ReversalQuarantineFull"] = nameof(The_quarantine_is_listed_by_cause_and_sent_again_once_it_is_mended),
        ["ReversalOutboxOld"] = nameof(Events_that_find_nobody_are_named_by_status_and_listed_by_outbox_list),
        ["ReversalOldTransaction"] = nameof(LongTransactionTests),
        ["ReversalPaused"] = nameof(PauseTests),
        ["ReversalRequestsKept"] = nameof(ClientPauseTests),
        ["ReversalPublishFailing"] = nameof(A_broker_that_is_away_is_named_by_check),
        ["ReversalUnroutable"] = nameof(Events_that_find_nobody_are_named_by_status_and_listed_by_outbox_list),
        ["ReversalRejectedRatio"] = nameof(A_refused_request_tells_its_story),
        ["ReversalSignatureFailures"] =
            nameof(The_quarantine_is_listed_by_cause_and_sent_again_once_it_is_mended),
        ["ReversalLedgerInconsistent"] = nameof(Books_that_disagree_are_named_by_reconcile),
        ["ReversalBrokerDown"] = nameof(A_broker_that_is_away_is_named_by_check),
        ["ReversalBrokerAlarm"] = "CheckTests",
        ["ReversalGatewayDown"] = nameof(A_gateway_that_does_not_run_says_so),
        ["ReversalGatewayNotConnected"] = nameof(A_gateway_that_does_not_run_says_so),
        ["ReversalGatewaySuspect"] = nameof(That_nobody_reads_is_said_by_status_and_check),
        ["ReversalGatewayUnavailable"] = nameof(A_gateway_that_does_not_run_says_so),
    };

    [Fact]
    public void Each_alert_of_the_runbook_is_tried_by_a_test()
    {
        var alerts = Alert().Matches(File.ReadAllText(Repository.PathOf("deploy/observability/rules.yml")))
            .Select(alert => alert.Groups["name"].Value);
        Tried.Keys.ShouldBe(alerts, ignoreOrder: true);
        var tests = typeof(RunbookTests).Assembly.GetTypes().Select(type => type.Name)
            .Concat(typeof(RunbookTests).GetMethods().Select(method => method.Name)).ToHashSet(StringComparer.Ordinal);
        Tried.Values.ShouldAllBe(test => tests.Contains(test));
    }

    [Fact]
    public async Task What_a_worker_lacks_is_said_by_check()
    {
        await Box.UseEmptyDatabaseAsync();
        (await CheckAsync(1)).ShouldContain("Run: reversal-worker migrate");
        Box.Settings["ConnectionStrings:Postgres"] = "Host=127.0.0.1;Port=1;Username=x;Password=x;Database=x";
        (await CheckAsync(3)).ShouldContain("127.0.0.1:1/x");
        Box.Settings["Batching:Limit"] = "0";
        (await RunAsync("check")).ShouldEndWith(2).Error.ShouldContain("Batching:Limit");
    }

    [Fact]
    public async Task That_nobody_reads_is_said_by_status_and_check()
    {
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAsync("{}");
        var queue = (await RunAsync("status --json")).ShouldEndWith(0).Json.GetProperty("queues")[0];
        (queue.GetProperty("ready").GetInt64(), queue.GetProperty("consumers").GetInt64()).ShouldBe((1, 0));
        (await CheckAsync(0)).ShouldContain($"0 read {Wire.RequestQueue}");
    }

    [Fact]
    public async Task The_session_in_the_way_is_named_by_status()
    {
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        await using var somebody = new NpgsqlConnection(
            Box.Books.ConnectionString + ";Pooling=false;Application Name=nightly report");
        await somebody.OpenAsync(Stop);
        await using var transaction = await somebody.BeginTransactionAsync(Stop);
        await using var hold = new NpgsqlCommand("LOCK TABLE reversals.reversal", somebody);
        await hold.ExecuteNonQueryAsync(Stop);
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await SaysAsync("status", "In the way", "nightly report", $"{somebody.ProcessID}");

        await Box.Books.RunAsync($"SELECT pg_terminate_backend({somebody.ProcessID})");
        (await Box.HearOnceAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task Dead_letters_are_counted_by_status()
    {
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendDeadAsync("{}");
        await Until.TrueAsync(
            async () => (await RunAsync("status --json")).Json.GetProperty("queues")[1]
                .GetProperty("ready").GetInt64() == 1,
            "status counts it");
    }

    [Fact]
    public async Task The_quarantine_is_listed_by_cause_and_sent_again_once_it_is_mended()
    {
        await Box.Books.ManyAsync(1);
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = "a-key-that-is-wrong";
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Box.Books.QuarantinedAsync(1);
        (await RunAsync("quarantine list")).ShouldEndWith(0).Out.ShouldContain("SIGNATURE_INVALID");
        (await RunAsync("quarantine list --cause SIGNATURE_INVALID")).ShouldEndWith(0)
            .Out.ShouldContain("request-1");

        await Box.StopWorkersAsync();
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key;
        await Box.StartWorkerAsync();
        (await RunAsync("quarantine replay --cause SIGNATURE_INVALID --yes")).ShouldEndWith(0);
        (await Box.HearOnceAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task Events_that_find_nobody_are_named_by_status_and_listed_by_outbox_list()
    {
        await Box.Books.ManyAsync(1);
        await Box.Tap.UnbindAsync(Wire.PaymentReversedExchange);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await SaysAsync("status", "nobody is bound to the exchange of payment.reversal");
        await SaysAsync("outbox list", "next try");

        await Box.Tap.BindAsync();
        await Box.HearOnceAsync(1);
    }

    [Fact]
    public async Task A_broker_that_is_away_is_named_by_check()
    {
        Box.Settings["ConnectionStrings:RabbitMq"] = "amqp://x:y@127.0.0.1:1/";
        (await CheckAsync(3)).ShouldContain("127.0.0.1:1/");
    }

    [Fact]
    public async Task A_refused_request_tells_its_story()
    {
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(
            Some.Request("P1", "request-1"), change: to => to.Headers![Wire.PendingForHeader] = "0");
        await Box.HearOnceAsync(1);
        (await RunAsync("show request-1")).ShouldEndWith(0).Out.ShouldContain("PAYMENT_NOT_FOUND");
    }

    [Fact]
    public async Task Books_that_disagree_are_named_by_reconcile()
    {
        await Box.Books.ManyAsync(1);
        await Box.Books.RunAsync("UPDATE billing.bill SET paid_amount = paid_amount - 1");
        (await RunAsync("reconcile")).ShouldEndWith(1).Out.ShouldContain("bill_paid_amount");
    }

    [Fact]
    public async Task A_gateway_that_does_not_run_says_so()
    {
        var settings = HostedGateway.SettingsOf(Box);
        await using var gateway = ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "reversal-gateway"), ["healthcheck", "ready"], settings);
        await gateway.ExitAsync();
        gateway.ExitCode.ShouldBe(1, gateway.Said);
        gateway.Said.ShouldContain("no gateway answers");
    }

    async Task<string> CheckAsync(int code) =>
        (await VerbRun.OfAsync(Box.Settings, "check", width: 4_000)).ShouldEndWith(code).Out;

    Task SaysAsync(string command, params string[] words) => Until.TrueAsync(
        async () =>
        {
            var run = await VerbRun.OfAsync(Box.Settings, command, width: 4_000);
            return words.All(word => run.Out.Contains(word, StringComparison.Ordinal));
        },
        $"{command} says {string.Join(" … ", words)}");

    [GeneratedRegex(@"- alert: (?<name>\w+)", RegexOptions.None, 5_000)]
    private static partial Regex Alert();
}
