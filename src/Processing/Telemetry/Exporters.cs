using System.Net;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Reversals.Processing.Configuration;

namespace Reversals.Processing.Telemetry;

/// <summary>
/// Where measurements and spans go: by OTLP, switched on and set up by the standard <c>OTEL_…</c> variables,
/// and to Prometheus, which asks on a port of its own. With neither nobody listens, and nothing is measured.
/// </summary>
static class Exporters
{
    internal static void Add(
        WebApplicationBuilder builder, IConfiguration configuration, TelemetryOptions options)
    {
        // The library reads them from here; this way they may also be files.
        configuration = SettingSources.Own<WorkerOptions>(configuration);
        builder.Configuration.AddInMemoryCollection(OtlpVariables.Of(configuration));
        var otlp = !string.IsNullOrEmpty(configuration[OtlpVariables.Endpoint]);
        if (!otlp && options.PrometheusPort == 0)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("reversal-worker", serviceVersion: BuildInfo.Version)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Metrics.MeterName, "System.Runtime");
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
                Trace(traces, configuration[OtlpVariables.TracesSampler] is null));
        }

        if (options.PrometheusPort > 0)
        {
            builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.Listen(IPAddress.Parse(options.PrometheusAddress), options.PrometheusPort));
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

    static void Trace(TracerProviderBuilder traces, bool isSamplerFree)
    {
        // RabbitMQ.Client's span joins the sender's trace; MassTransit's, Npgsql's and ours are below it.
        traces.AddSource("RabbitMQ.Client.Subscriber", "MassTransit", "Npgsql", Traces.SourceName);
        if (isSamplerFree)
        {
            // A request is traced when its sender traces it. Whoever wants a trace of the others too sets
            // OTEL_TRACES_SAMPLER: thousands of traces a second would cost more than they tell.
            traces.SetSampler(new ParentBasedSampler(new AlwaysOffSampler()));
        }

        traces.AddOtlpExporter();
    }

}
