using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Reversals.Tests.Integration;

/// <summary>What goes out by OTLP, and that nothing is measured for nobody.</summary>
public sealed class ExportTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task With_the_standard_variable_metrics_and_traces_go_to_the_collector()
    {
        var received = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        await using var collector = await CollectAsync(received);
        Box.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single();
        Box.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        Box.Settings["OTEL_METRIC_EXPORT_INTERVAL"] = "300";
        Box.Settings["OTEL_BSP_SCHEDULE_DELAY"] = "300";
        Box.Settings["OTEL_RESOURCE_ATTRIBUTES"] = "service.namespace=payments-of-the-test";
        await Box.DeployTopologyAsync();
        using var worker = Box.StartProcess();
        await Box.Broker.ReadByAsync(1, 40);

        await Box.Upstream.SendAsync("{}", change: to =>
            to.Headers![Wire.TraceParentHeader] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        await Box.Tap.HearAsync(1);

        foreach (var (path, text) in ((string, string)[])
            [
                ("/v1/metrics", "reversals.end_to_end.duration"), ("/v1/metrics", "NO_IDENTIFIER"),
                ("/v1/metrics", "payments-of-the-test"), ("/v1/traces", "reversal-worker"),
                ("/v1/traces", "commit reversals"), ("/v1/traces", "publish reversal-rejected"),
            ])
        {
            await Until.TrueAsync(
                () => received.GetValueOrDefault(path, "").Contains(text, StringComparison.Ordinal),
                $"{text} is in {path}");
        }

        string.Concat(received.Values).ShouldNotContain(Some.Key);
    }

    [Fact]
    public async Task Without_a_setting_nobody_listens()
    {
        await using var quiet = Build([]);
        quiet.Services.GetService<MeterProvider>().ShouldBeNull();
        quiet.Services.GetService<TracerProvider>().ShouldBeNull();
        await using var asked = Build([new("Telemetry:PrometheusPort", "9464")]);
        asked.Services.GetService<MeterProvider>().ShouldNotBeNull();
        asked.Services.GetService<TracerProvider>().ShouldBeNull();
    }

    WebApplication Build(KeyValuePair<string, string?>[] more) => Worker.WorkerHost.Build(
        new ConfigurationBuilder().AddInMemoryCollection(Box.Settings).AddInMemoryCollection(more).Build());

    /// <summary>A collector that keeps what it gets as text; names and words in it can be found.</summary>
    static async Task<WebApplication> CollectAsync(ConcurrentDictionary<string, string> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var collector = builder.Build();
        collector.Urls.Add($"http://127.0.0.1:{Ports.Free()}");
        collector.MapPost("/v1/{signal}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, Stop);
            var text = Encoding.Latin1.GetString(body.ToArray());
            received.AddOrUpdate(request.Path, text, (_, before) => before + text);
            return Results.Bytes([], "application/x-protobuf");
        });
        await collector.StartAsync(Stop);
        return collector;
    }
}
