using System.Net;
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
            var site = host.Services.GetRequiredService<PageEndpoints>();
            host.MapWhen(context => context.Connection.LocalPort == port, page => page.Run(site.AnswerAsync));
        }
    }
}

/// <summary>Looks at the rates now and then, so that there is something to draw.</summary>
sealed class RateSampler(
    WorkerOptions options, OperatorServices desks, TimeProvider clock, ILogger<RateSampler> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Log.PageServes(log, $"http://{options.Page.Address}:{options.Page.Port}/", options.Page.Actions);
        using var timer = new PeriodicTimer(RateHistory.Interval, clock);
        do
        {
            try
            {
                await desks.Rates.SampleAsync(stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // A picture less must not end the worker.
                Log.RatesUnknown(log, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
