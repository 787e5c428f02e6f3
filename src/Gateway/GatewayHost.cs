using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Reversals.Contracts;
using Reversals.Gateway.OpenApi;

namespace Reversals.Gateway;

/// <summary>The gateway, composed.</summary>
static class GatewayHost
{
    /// <summary>Beyond the longest wait of a caller.</summary>
    static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(5);

    /// <summary>With the framing of its chunks a body takes more than its bytes.</summary>
    const int MaxFramedBody = 16 * Wire.MaxBodyBytes;

    /// <returns>0 well, 1 a problem, 2 wrong usage or settings.</returns>
    internal static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case [] or ["run"]:
                    await ServeAsync(SettingSources.Load(), SettingSources.Changing());
                    return 0;
                case ["openapi"]:
                    await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(OpenApiDocument.Utf8));
                    return 0;
                case ["healthcheck", "live" or "ready"]:
                    return await HealthEndpoints.CheckAsync(
                        GatewayConfiguration.ReadHealth(SettingSources.Load()), arguments[1]);
                default:
                    await Console.Error.WriteLineAsync(
                        "usage: reversal-gateway [run | openapi | healthcheck live|ready]");
                    return 2;
            }
        }
        catch (ConfigurationException error)
        {
            await Console.Error.WriteLineAsync($"The configuration cannot be used:\n{error.Message}");
            return 2;
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync(
                $"{error.Message} Choose another Http:Port, Health:Port or Telemetry:PrometheusPort");
            return 2;
        }
    }

    /// <summary>Runs until it is asked to stop.</summary>
    internal static async Task ServeAsync(IConfiguration configuration, SettingSource? again = null)
    {
        await using var host = Build(configuration, again: again);
        try
        {
            await host.RunAsync();
        }
        catch (SocketException error)
        {
            throw ListenerRules.Refused(
                GatewayConfiguration.Listeners(GatewayConfiguration.Read(configuration)), error);
        }
    }

    /// <param name="configuration">The settings of the start.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="again">Reads the settings again; null: they do not change.</param>
    internal static WebApplication Build(
        IConfiguration configuration, TimeProvider? time = null, SettingSource? again = null)
    {
        var options = GatewayConfiguration.Read(configuration);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        var clock = time ?? TimeProvider.System;
        GatewayTelemetry.Add(builder, configuration, options, clock);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = options.Http.AnswerTimeout + StopMargin);
        builder.Services
            .AddSingleton(options)
            .AddSingleton(new LiveSettings<GatewayOptions>(options))
            .AddSingleton(services =>
                SettingReload.Watch(services, configuration, again ?? SettingSource.Of(configuration)))
            .AddHostedService<SettingReload>()
            .AddSingleton(clock)
            .AddSingleton<ServerRefusals>()
            .AddSingleton(services =>
                services.GetRequiredService<LiveSettings<GatewayOptions>>().Make(of => new ClientKeys(of)))
            .AddSingleton<RequestCheck>()
            .AddSingleton<WaitingCallers>()
            .AddSingleton<BrokerLink>()
            .AddHostedService(services => services.GetRequiredService<BrokerLink>())
            .AddSingleton<GatewayMetrics>()
            .AddSingleton<UnansweredRequests>()
            .AddSingleton<PreviewRequests>()
            .AddSingleton<ReversalEndpoint>();
        var host = builder.Build();
        Exporters.Map(host, options.Telemetry);
        HealthEndpoints.Map(host, options.Health);
        Map(host);
        Log.Starting(
            host.Services.GetRequiredService<ILogger<ReversalEndpoint>>(),
            options.Http.Address, options.Http.Port, string.Join(", ", options.Clients.Keys));
        return host;
    }

    static void Map(WebApplication host)
    {
        var reversal = host.Services.GetRequiredService<ReversalEndpoint>();
        host.Services.GetRequiredService<ServerRefusals>().Watch(
            host.Services.GetRequiredService<DiagnosticListener>());
        // Made here, so that it measures from the start.
        host.Services.GetRequiredService<GatewayMetrics>();
        host.Use(reversal.RefuseOtherCodingsAsync);
        host.MapPost(ReversalEndpoint.Path, reversal.AnswerAsync);
        host.Map(ReversalEndpoint.Path, reversal.NotPostAsync);
        host.MapPost(PreviewRequests.Path, reversal.PreviewAsync);
        host.Map(PreviewRequests.Path, reversal.NotPostAsync);
        host.Map(OpenApiDocument.Path, context => HttpMethods.IsGet(context.Request.Method)
            ? OpenApiDocument.WriteAsync(context)
            : reversal.NotAllowedAsync(context, HttpMethods.Get));
        host.MapFallback("{*path}", reversal.NotFoundAsync);
    }

    /// <summary>Whoever is slow or sends what no caller has to is cut off before it costs anything.</summary>
    static void Listen(KestrelServerOptions kestrel, GatewayOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxFramedBody;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        // Http:BodyTimeout is the limit.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(1);
        kestrel.Listen(IPAddress.Parse(options.Http.Address), options.Http.Port, http =>
        {
            http.Protocols = HttpProtocols.Http1;
            http.Use(new ConnectionLimit(options.Http.MaxConnections).Limit);
            http.Use(ServerRefusals.Replaceable);
        });
        kestrel.Listen(
            IPAddress.Parse(options.Health.Address), options.Health.Port, ConnectionLimit.ForOperators);
    }
}
