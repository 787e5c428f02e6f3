using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Reversals.Hosting;

/// <summary>What a process measures.</summary>
sealed record Measurements
{
    /// <summary>By which it is known to whoever collects them.</summary>
    public required string Service { get; init; }

    public required string[] Meters { get; init; }

    /// <summary>The sources of the spans.</summary>
    public required string[] Spans { get; init; }

    /// <summary>What else to do with the listener for Prometheus.</summary>
    public Action<ListenOptions> Listen { get; init; } = _ => { };
}

/// <summary>
/// Where measurements and spans go: by OTLP, switched on and set up by the standard <c>OTEL_…</c> variables,
/// and to Prometheus, which asks on a port of its own. With neither nobody listens, and nothing is measured.
/// </summary>
static class Exporters
{
    internal static void Add(
        WebApplicationBuilder builder, IConfiguration configuration, TelemetryOptions options,
        Measurements measured)
    {
        // The library reads them from here; this way they may also be files.
        configuration = SettingSources.Standard(configuration);
        builder.Configuration.AddInMemoryCollection(configuration.AsEnumerable());
        var otlp = !string.IsNullOrEmpty(configuration[OtlpVariables.Endpoint]);
        if (!otlp && options.PrometheusPort == 0)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(measured.Service, serviceVersion: BuildInfo.Version)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter([.. measured.Meters, "System.Runtime"]);
                if (otlp)
                {
                    metrics.AddOtlpExporter();
                }

                if (options.PrometheusPort > 0)
                {
                    metrics.AddPrometheusExporter();
                }
            });
        if (otlp)
        {
            telemetry.WithTracing(traces =>
                Trace(traces, measured.Spans, configuration[OtlpVariables.TracesSampler] is null));
        }

        if (options.PrometheusPort > 0)
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
                IPAddress.Parse(options.PrometheusAddress), options.PrometheusPort, measured.Listen));
        }
    }

    /// <summary>
    /// On the port for Prometheus there is <c>/metrics</c> and nothing else, and it is nowhere else.
    /// </summary>
    internal static void Map(WebApplication host, TelemetryOptions options)
    {
        if (options.PrometheusPort > 0)
        {
            host.MapWhen(
                context => context.Connection.LocalPort == options.PrometheusPort,
                metrics =>
                {
                    metrics.UseOpenTelemetryPrometheusScrapingEndpoint();
                    metrics.Run(context =>
                    {
                        context.Response.StatusCode = StatusCodes.Status404NotFound;
                        return Task.CompletedTask;
                    });
                });
        }
    }

    static void Trace(TracerProviderBuilder traces, string[] spans, bool isSamplerFree)
    {
        traces.AddSource(spans);
        if (isSamplerFree)
        {
            // A request is traced when its sender traces it. Whoever wants a trace of the others too sets
            // OTEL_TRACES_SAMPLER: thousands of traces a second would cost more than they tell.
            traces.SetSampler(new ParentBasedSampler(new AlwaysOffSampler()));
        }

        traces.AddOtlpExporter();
    }
}
