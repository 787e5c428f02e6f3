using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Reversals.Tests.Integration.Harness;

/// <summary>What a health endpoint answers.</summary>
sealed record Health(HttpStatusCode Status, string? Problem, string Text);

/// <summary>A whole worker, composed as in production, in this process.</summary>
sealed class HostedWorker : IAsyncDisposable
{
    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(40) };

    readonly WebApplication _host;
    bool _stopped;

    HostedWorker(WebApplication host, int port) => (_host, Port) = (host, port);

    /// <summary>Of the health endpoints.</summary>
    internal int Port { get; }

    /// <summary>Starts without waiting for the servers.</summary>
    internal static async Task<HostedWorker> StartAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var (host, port) = Compose(settings);
        await host.StartAsync();
        return new HostedWorker(host, port);
    }

    /// <summary>The same, with a file for each secret in a folder; what changes there is read again.</summary>
    internal static async Task<HostedWorker> StartAsync(
        IReadOnlyDictionary<string, string?> settings, SecretFolder secrets)
    {
        var port = Ports.Free();
        var all = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase)
        {
            ["Health:Port"] = FormattableString.Invariant($"{port}"),
        };
        var host = Worker.WorkerHost.Build(secrets.Over(all), again: secrets.Changing(all));
        await host.StartAsync();
        return new HostedWorker(host, port);
    }

    /// <summary>Composed on a port of its own, and not started.</summary>
    internal static (WebApplication Host, int Port) Compose(IReadOnlyDictionary<string, string?> settings)
    {
        var port = Ports.Free();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings)
            .AddInMemoryCollection([new("Health:Port", FormattableString.Invariant($"{port}"))])
            .Build();
        return (Worker.WorkerHost.Build(configuration), port);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _host.DisposeAsync();
    }

    internal async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _host.StopAsync();
        }
    }

    internal Task<Health> LiveAsync() => GetAsync("live");

    internal Task<Health> ReadyAsync() => GetAsync("ready");

    internal Task BecomesReadyAsync(int seconds = 30) => Until.TrueAsync(
        async () => (await ReadyAsync()).Status == HttpStatusCode.OK, "the worker is ready", seconds);

    /// <summary>Waits until it says that it is not ready, and why, in these words.</summary>
    internal Task SaysAsync(IReadOnlyList<string> words, int seconds = 20) => Until.TrueAsync(
        async () => await ReadyAsync() is { Status: HttpStatusCode.ServiceUnavailable, Problem: { } problem }
            && words.All(word => problem.Contains(word, StringComparison.Ordinal)),
        $"ready says {string.Join(" … ", words)}", seconds);

    /// <summary>Waits until it is ready, and says in these words why some messages wait.</summary>
    internal Task HintsAsync(IReadOnlyList<string> words, int seconds = 20) => Until.TrueAsync(
        async () => await ReadyAsync() is { Status: HttpStatusCode.OK, Problem: { } problem }
            && words.All(word => problem.Contains(word, StringComparison.Ordinal)),
        $"ready says {string.Join(" … ", words)}", seconds);

    /// <summary>Waits until it has nothing to complain of.</summary>
    internal Task IsWellAsync(int seconds = 20) => Until.TrueAsync(
        async () => (await ReadyAsync()).Problem is null, "all is well", seconds);

    /// <summary>What the port of the health endpoints answers to this path.</summary>
    internal async Task<HttpStatusCode> StatusOfAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{Port}{path}"));
        return answer.StatusCode;
    }

    async Task<Health> GetAsync(string probe)
    {
        using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{Port}/health/{probe}"));
        var text = await answer.Content.ReadAsStringAsync();
        var problem = text.StartsWith('{')
            ? JsonElement.Parse(text).GetProperty("problem").GetString()
            : text;
        return new Health(answer.StatusCode, problem, text);
    }
}
