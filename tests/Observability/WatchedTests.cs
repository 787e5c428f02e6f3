using System.Text.Json;
using System.Text.RegularExpressions;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Observability;

/// <summary>What the delivered Prometheus, rules and dashboard see of the delivered worker.</summary>
public sealed partial class WatchedTests(Servers servers) : ServerTest(servers)
{
    /// <summary>What <see cref="SendOfEveryKindAsync"/> comes to.</summary>
    static readonly (string Query, double Expected)[] Figures =
    [
        ("""reversals_requests_total{outcome="applied",reason="REVERSED"}""", 1),
        ("""reversals_requests_total{outcome="duplicate"}""", 1),
        ("""reversals_requests_total{reason="IDEMPOTENCY_CONFLICT"}""", 1),
        ("""reversals_requests_total{outcome="rejected",reason="PAYMENT_NOT_FOUND"}""", 1),
        ("""sum(reversals_requests_total)""", 4),
        ("""reversals_in_flight""", 0),
        ("""reversals_pending""", 1),
        ("""sum(reversals_relay_confirms_total)""", 4),
        ("""sum(reversals_end_to_end_duration_seconds_count)""", 4),
        ("""sum(reversals_end_to_end_duration_seconds_sum) < bool 10""", 1),
        ("""sum(reversals_batch_size_sum{batch="reversals"})""", 4),
        ("""reversals_quarantined_total{cause="SIGNATURE_MISSING"}""", 1),
        ("""reversals_quarantine_open{cause="SIGNATURE_MISSING"}""", 1),
        ("""reversals_quarantine_open{cause="INTERNAL_ERROR"}""", 0),
        ("""reversals_signature_failures_total{client="acme"}""", 1),
        ("""sum(reversals_outbox_pending)""", 0),
        ("""reversals_build_info{version=~"1[.].+",host!=""}""", 1),
    ];

    readonly Servers _servers = servers;

    [Fact]
    public async Task Everything_an_alert_or_a_panel_asks_for_exists()
    {
        using var worker = await StartAsync(called: true);
        await SendOfEveryKindAsync();
        await using var prometheus = await Prometheus.WatchAsync(Address, GatewayAddress);

        (await prometheus.RulesAsync()).Length.ShouldBeGreaterThan(10);
        string[] queries = [.. (await prometheus.RulesAsync()).Select(rule => rule.Query), .. Panels()];
        string[] asked = [.. queries.SelectMany(query => Selector().Matches(query)).Select(one => one.Value)];
        asked.Length.ShouldBeGreaterThan(queries.Length - 1);
        foreach (var selector in asked.Distinct(StringComparer.Ordinal))
        {
            await HasAsync(prometheus, selector);
        }
    }

    [Fact]
    public async Task Every_panel_shows_something()
    {
        using var worker = await StartAsync(called: true);
        await using var prometheus = await Prometheus.WatchAsync(Address, GatewayAddress);
        await SendOfEveryKindAsync();

        Panels().Length.ShouldBeGreaterThan(20);
        foreach (var query in Panels())
        {
            await HasAsync(prometheus, query.Replace("$__rate_interval", "1m", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_figures_are_right()
    {
        using var worker = await StartAsync();
        await using var prometheus = await Prometheus.WatchAsync(Address, GatewayAddress);
        await SendOfEveryKindAsync();

        foreach (var (query, expected) in Figures)
        {
            await Until.TrueAsync(
                async () => (await prometheus.QueryAsync(query)).SequenceEqual([expected]),
                $"{query} is {expected}");
        }
    }

    [Fact]
    public async Task What_somebody_saw_to_is_no_longer_counted_as_open()
    {
        const string open = """reversals_quarantine_open{cause="SIGNATURE_MISSING"}""";
        using var worker = await StartAsync();
        await using var prometheus = await Prometheus.WatchAsync(Address, GatewayAddress);
        await SendOfEveryKindAsync();
        await Until.TrueAsync(
            async () => (await prometheus.FiringAsync()).Contains("ReversalQuarantineNotEmpty"), "it is told");

        (await VerbRun.OfAsync(Box.Settings, "quarantine discard 1 --note 'a test of ours' --yes"))
            .ShouldEndWith(0);
        await Until.TrueAsync(
            async () => (await prometheus.QueryAsync(open)).SequenceEqual([0]), "none is open");
        await Until.TrueAsync(
            async () => (await prometheus.FiringAsync()).Length == 0, "nothing fires any more");
    }

    [Fact]
    public async Task The_table_of_instruments_is_complete()
    {
        using var worker = await StartAsync(called: true);
        await SendOfEveryKindAsync();
        await using var prometheus = await Prometheus.WatchAsync(Address, GatewayAddress);
        var text = await File.ReadAllTextAsync(Repository.PathOf("deploy/observability/README.md"), Stop);
        var documented = Documented().Matches(text).Select(row => row.Groups["name"].Value).Order().ToArray();

        async Task<string[]> KnownAsync() =>
        [
            .. (await prometheus.NamesAsync())
                .Where(name => (name.StartsWith("reversals_", StringComparison.Ordinal)
                        || name.StartsWith("gateway_", StringComparison.Ordinal))
                    && !name.EndsWith("_created", StringComparison.Ordinal))
                .Select(name => Part().Replace(name, "")).Distinct().Order(),
        ];

        await Until.TrueAsync(
            async () => !documented.Except(await KnownAsync()).Any(), "each in the table exists");
        (await KnownAsync()).ShouldBe(documented);
    }

    [Fact]
    public async Task On_the_port_of_the_metrics_there_is_nothing_else_and_they_are_nowhere_else()
    {
        using var worker = await StartAsync();
        using var http = new HttpClient();
        async Task<int> StatusAsync(string address) =>
            (int)(await http.GetAsync(new Uri($"http://{address}"), Stop)).StatusCode;

        (await StatusAsync($"{Address}/metrics")).ShouldBe(200);
        (await StatusAsync($"{Address}/health/live")).ShouldBe(404);
        (await StatusAsync($"127.0.0.1:{Box.Settings["Health:Port"]}/health/live")).ShouldBe(200);
        (await StatusAsync($"127.0.0.1:{Box.Settings["Health:Port"]}/metrics")).ShouldBe(404);
    }

    [Fact]
    public async Task While_the_broker_is_stopped_the_age_of_the_outbox_grows_and_the_alert_fires()
    {
        using var worker = await StartAsync();
        await Box.AskAsync("{}");
        await using var prometheus = await Prometheus.WatchAsync(Address, GatewayAddress);
        (await prometheus.FiringAsync()).ShouldNotContain("ReversalOutboxOld");

        await BrokerAsync("stop_app");
        try
        {
            await Box.Books.RunAsync(
                """
                INSERT INTO reversals.outbox (kind, event_id, enqueued_at, replayed)
                SELECT kind, event_id, now() - interval '58 seconds', true FROM reversals.event
                """);
            const string age = "max(reversals_outbox_oldest_age_seconds)";
            await Until.TrueAsync(async () => (await prometheus.QueryAsync(age))[0] > 60, "it is old", 30);
            foreach (var alert in (string[])["ReversalOutboxOld", "ReversalPublishFailing", "ReversalBrokerDown"])
            {
                await Until.TrueAsync(
                    async () => (await prometheus.FiringAsync()).Contains(alert), $"{alert} fires", 30);
            }
        }
        finally
        {
            await BrokerAsync("start_app");
        }

        await Until.TrueAsync(
            async () => !(await prometheus.FiringAsync()).Contains("ReversalOutboxOld"), "it is over", 60);
        (await Box.Books.CountAsync("reversals.outbox")).ShouldBe(0);
    }

    string Address => $"127.0.0.1:{Box.Settings["Telemetry:PrometheusPort"]}";

    string GatewayAddress { get; } = $"127.0.0.1:{Ports.Free().ToString(CultureInfo.InvariantCulture)}";

    /// <summary>
    /// A gateway and a worker. Called, the gateway has told one caller that nothing can be sent, and one that
    /// nothing was heard.
    /// </summary>
    async Task<ChildProcess> StartAsync(bool called = false)
    {
        var gateway = await HostedGateway.StartAsync(
            Box,
            settings =>
            {
                settings["Telemetry:PrometheusPort"] = GatewayAddress.Split(':')[1];
                settings["Http:AnswerTimeout"] = "00:00:00.1";
            },
            ready: false);
        if (called)
        {
            (await gateway.PostAsync(Caller.Base)).ShouldBe(503, "BILLER_GATEWAY_INVALID_RESPONSE");
            (await gateway.PreviewAsync(Caller.Base)).ShouldBe(503, "BILLER_GATEWAY_INVALID_RESPONSE");
            await Box.DeployTopologyAsync();
            await gateway.BecomesReadyAsync();
            (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "BILLER_SUSPECT_TRANSACTION");
        }

        Box.Settings["Health:Port"] = Ports.Free().ToString(CultureInfo.InvariantCulture);
        Box.Settings["Telemetry:PrometheusPort"] = Ports.Free().ToString(CultureInfo.InvariantCulture);
        var worker = WorkerProcess.Start(["run"], Box.Settings);
        await Until.TrueAsync(
            async () => await Box.Broker.HasQueueAsync(Wire.RequestQueue)
                && await Box.Broker.ReadersAsync() == 1,
            "it reads", 30);
        if (called)
        {
            // What the caller who heard nothing had asked for.
            await Box.Tap.HearAsync(1);
        }

        return worker;
    }

    /// <summary>Applied, answered again, refused twice, one of which is remembered, and quarantined.</summary>
    async Task SendOfEveryKindAsync()
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P1", 10_000);
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Request("P1", "request-1", 1));
        await Box.AskAsync(Some.Request("P2", "request-2"));
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove(Wire.SignatureHeader));
        await Box.Books.QuarantinedAsync(1);
    }

    Task<string> BrokerAsync(string verb) => Repository.RunAsync([.. _servers.RabbitMqCtl.Split(' '), verb]);

    static Task HasAsync(Prometheus prometheus, string query) => Until.TrueAsync(
        async () => (await prometheus.QueryAsync(query)).Length > 0, $"something is found by {query}");

    static string[] Panels()
    {
        using var file = File.OpenRead(Repository.PathOf("deploy/observability/grafana/dashboards/reversals.json"));
        using var dashboard = JsonDocument.Parse(file);
        return
        [
            .. from panel in dashboard.RootElement.GetProperty("panels").EnumerateArray()
               from target in panel.GetProperty("targets").EnumerateArray()
               select target.GetProperty("expr").GetString()!,
        ];
    }

    /// <summary>A metric with the labels that are asked for.</summary>
    [GeneratedRegex(
        @"\b(up|(reversals|gateway|rabbitmq|dotnet)_\w+)\b(\{[^}]*\})?", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Selector();

    [GeneratedRegex(@"_(bucket|sum|count)$", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Part();

    [GeneratedRegex(@"^\| `[a-z_.]+` \| `(?<name>(?:reversals|gateway)_\w+)` \|", RegexOptions.Multiline, 5_000)]
    private static partial Regex Documented();
}
