using System.Net;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Telemetry;

namespace Reversals.Operations.Page;

/// <summary>
/// Puts the page into the worker's process: on a port of its own, so that it can be kept from those who may
/// only ask for the health. Without a port there is nothing of it.
/// </summary>
static class PageHost
{
    internal static void Add(WebApplicationBuilder builder, PageOptions options)
    {
        if (options.Port is not { } port)
        {
            return;
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(options.Address), port);
        });
        builder.Services
            .AddSingleton<OperatorServices>().AddSingleton<PageEndpoints>().AddHostedService<RateSampler>();
    }

    /// <summary>Whatever comes in through that port, and nothing else, is the page's.</summary>
    internal static void Map(WebApplication host, PageOptions options)
    {
        if (options.Port is { } port)
        {
            var endpoints = host.Services.GetRequiredService<PageEndpoints>();
            host.MapWhen(
                context => context.Connection.LocalPort == port, page => Answer(page, endpoints));
        }
    }

    /// <summary>The framework's host filter stands in front, and an answer of ours behind it.</summary>
    internal static void Answer(IApplicationBuilder page, PageEndpoints endpoints)
    {
        var names = endpoints.Framework.GetRequiredService<IOptionsMonitor<HostFilteringOptions>>();
        page.Use(endpoints.AnswerUnknownHostAsync);
        page.Use(next => new HostFilteringMiddleware(
            next, NullLogger<HostFilteringMiddleware>.Instance, names).Invoke);
        page.Run(endpoints.AnswerAsync);
    }
}

/// <summary>Looks at the rates now and then, so that there is something to draw.</summary>
sealed class RateSampler(
    WorkerOptions options, OperatorServices services, TimeProvider clock, ILogger<RateSampler> log)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Log.PageServes(log, $"http://{options.Page.Address}:{options.Page.Port}/", options.Page.Actions);
        return Repeating.EveryAsync(RateHistory.Interval, clock, TrySampleAsync, stoppingToken);
    }

    async Task TrySampleAsync(CancellationToken stop)
    {
        try
        {
            await services.Rates.SampleAsync(stop);
        }
        catch (Exception error)
            when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // A picture less must not end the worker.
            Log.RatesUnknown(log, error.Message);
        }
    }
}
