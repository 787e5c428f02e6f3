using Reversals.RabbitMq;
using Serilog;

namespace Reversals.Gateway;

/// <summary>Where the log, the measurements and the spans go.</summary>
static class GatewayTelemetry
{
    internal static void Add(
        WebApplicationBuilder builder, IConfiguration configuration, GatewayOptions options,
        TimeProvider clock)
    {
        var mask = new MaskingFormatter(GatewayConfiguration.Secrets(options));
        builder.Services.AddSingleton(mask);
        var output = new HostLog
        {
            Options = options.Logging,
            Mask = mask,
            IsOfServer = BrokerConnection.IsFault,
            Clock = clock,
        };
        builder.Services.AddSerilog(log => output.Configure(log));
        Exporters.Add(builder, configuration, options.Telemetry, new Measurements
        {
            Service = "reversal-gateway",
            Meters = [GatewayMetrics.MeterName, "Microsoft.AspNetCore.Server.Kestrel"],
            Spans = ["Microsoft.AspNetCore"],
            Listen = ConnectionLimit.ForOperators,
        });
    }
}
