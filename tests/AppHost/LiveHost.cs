using System.Security.Cryptography;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Reversals.AppHost;

namespace Reversals.Tests.AppHost;

/// <summary>The application host, started: two containers, and the programs from their sources.</summary>
public sealed class LiveHost : IAsyncLifetime
{
    /// <summary>As long as the images may take to start and the programs to be built.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    DistributedApplication? _application;

    internal DistributedApplication Application => _application!;

    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync(
            typeof(DeveloperHost), patience.Token);
        _application = await builder.BuildAsync(patience.Token);
        await _application.StartAsync(patience.Token);
        foreach (var program in new[] { "worker", "gateway" })
        {
            await _application.ResourceNotifications.WaitForResourceHealthyAsync(
                program, WaitBehavior.StopOnResourceUnavailable, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    /// <summary>What a caller of <c>POST /reversal</c> is told.</summary>
    internal async Task<string> AskAsync(string body)
    {
        using var gateway = _application!.CreateHttpClient("gateway", "http");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/reversal")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Signature", Convert.ToHexStringLower(HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(DeveloperHost.ApiKey), Encoding.UTF8.GetBytes(body))));
        using var answer = await gateway.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>What a press of a button in the dashboard leads to.</summary>
    internal async Task<ExecuteCommandResult> PressAsync(string resource, string button)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _application!.ResourceCommands.ExecuteCommandAsync(resource, button, patience.Token);
    }

    /// <summary>The exit code of a program that ends by itself.</summary>
    internal async Task<int?> EndOfAsync(string program)
    {
        using var patience = new CancellationTokenSource(Patience);
        var last = await _application!.ResourceNotifications.WaitForResourceAsync(
            program, one => one.Snapshot.ExitCode is not null, patience.Token);
        return last.Snapshot.ExitCode;
    }
}
