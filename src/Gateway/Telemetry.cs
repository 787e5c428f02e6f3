using System.Net;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serilog;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;

namespace Reversals.Gateway;

/// <summary>Where the log, the measurements and the spans go; like the worker's.</summary>
static class Telemetry
{
    const string Standard = "OTEL_";

    internal static void Add(
        WebApplicationBuilder builder, IConfiguration configuration, GatewayOptions options)
    {
        var secrets = new SecretFreeFormatter(
            GatewayConfiguration.Secrets(options).Where(secret => secret.Length > 4));
        builder.Services.AddSerilog(log => log
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            // When nobody reads the console, lines are dropped and no request waits.
            .WriteTo.Async(to => to.Console(secrets), bufferSize: 2_000, blockWhenFull: false));
        builder.Configuration.AddInMemoryCollection(configuration.AsEnumerable()
            .Where(setting => setting.Key.StartsWith(Standard, StringComparison.Ordinal)));
        var otlp = !string.IsNullOrEmpty(configuration[Standard + "EXPORTER_OTLP_ENDPOINT"]);
        var prometheus = options.Telemetry.PrometheusPort > 0;
        if (!otlp && !prometheus)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("reversal-gateway", serviceVersion: Version()).AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(GatewayMetrics.MeterName, "System.Runtime",
                    "Microsoft.AspNetCore.Server.Kestrel");
                _ = otlp ? metrics.AddOtlpExporter() : metrics;
                _ = prometheus ? metrics.AddPrometheusExporter() : metrics;
            });
        if (otlp)
        {
            // A request is traced when its caller traces it.
            telemetry.WithTracing(traces => traces.AddSource("Microsoft.AspNetCore")
                .SetSampler(new ParentBasedSampler(new AlwaysOffSampler())).AddOtlpExporter());
        }

        if (prometheus)
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
                IPAddress.Parse(options.Telemetry.PrometheusAddress), options.Telemetry.PrometheusPort,
                ConnectionLimit.ForOperators));
        }
    }

    internal static void Map(WebApplication host, GatewayOptions options)
    {
        if (options.Telemetry.PrometheusPort is > 0 and var port)
        {
            host.MapWhen(context => context.Connection.LocalPort == port, metrics =>
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

    static string? Version() => typeof(Telemetry).Assembly.GetName().Version?.ToString(3);

    /// <summary>
    /// Compact JSON, a line an event; a secret that came in with an error's text is taken out.
    /// </summary>
    sealed class SecretFreeFormatter(IEnumerable<string> secrets) : ITextFormatter
    {
        readonly RenderedCompactJsonFormatter _inner = new();
        readonly string[] _secrets = [.. secrets.OrderByDescending(secret => secret.Length)];

        public void Format(LogEvent logEvent, TextWriter output)
        {
            using var line = new StringWriter();
            _inner.Format(logEvent, line);
            output.Write(_secrets.Aggregate(
                line.ToString(), (text, secret) => text.Replace(secret, "***", StringComparison.Ordinal)));
        }
    }
}
