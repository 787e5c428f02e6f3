using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Reversals.Gateway;

namespace Reversals.Tests.Integration.Harness;

/// <summary>What a caller was told.</summary>
sealed record Told
{
    public required HttpStatusCode Status { get; init; }
    public required byte[] Body { get; init; }
    public required ILookup<string, string> Headers { get; init; }

    internal JsonElement Json => JsonElement.Parse(Body);

    internal string? Rc => Json.GetProperty("rc").GetString();

    internal JsonElement Data => Json.GetProperty("data");

    internal string Text => Encoding.UTF8.GetString(Body);

    internal bool IsReplay => Headers["Replayed"].SequenceEqual(["true"]);

    /// <summary>The four fields, in this order and no others.</summary>
    internal Told ShouldBe(int status, string rc)
    {
        ((int)Status).ShouldBe(status, Text);
        Json.EnumerateObject().Select(field => field.Name).ShouldBe(["rc", "message", "timestamp", "data"]);
        Rc.ShouldBe(rc, Text);
        Headers["Content-Type"].ShouldBe(["application/json"]);
        return this;
    }

    /// <summary>Its data is null.</summary>
    internal Told WithoutData()
    {
        Data.ValueKind.ShouldBe(JsonValueKind.Null);
        return this;
    }
}

/// <summary>Somebody who calls <c>POST /reversal</c>, over real sockets.</summary>
static class Caller
{
    internal const string Base = """
        {"payment_ref":"1234567890","amount":10000,"reference_id":"abcRef13456789","virtual_account":"1234567890","channel":"bank_name","prefix":"857399"}
        """;

    static readonly HttpClient Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 2_000 })
    {
        Timeout = TimeSpan.FromSeconds(40),
    };

    internal static string Sign(string body, string key = Some.Key) => Signature.Compute(Some.Utf8(body), key);

    /// <summary>A request as callers send it; the change may take anything away.</summary>
    internal static async Task<Told> PostAsync(
        int port, string body, Action<HttpRequestMessage>? change = null, string key = Some.Key,
        string path = "/reversal", CancellationToken stop = default)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}")))
        {
            Content = new ByteArrayContent(Some.Utf8(body)),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("Signature", Sign(body, key));
        change?.Invoke(request);
        return await SendAsync(request, stop);
    }

    internal static async Task<Told> SendAsync(HttpRequestMessage request, CancellationToken stop = default)
    {
        using var answer = await Http.SendAsync(request, stop);
        return new Told
        {
            Status = answer.StatusCode,
            Body = await answer.Content.ReadAsByteArrayAsync(stop),
            Headers = answer.Headers.Concat(answer.Content.Headers)
                .SelectMany(header => header.Value.Select(value => (header.Key, value)))
                .ToLookup(one => one.Key, one => one.value, StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>Sets a header to this and nothing else; null takes it away.</summary>
    internal static void Set(this HttpRequestMessage request, string name, params string[]? values)
    {
        request.Headers.Remove(name);
        if (values is { Length: > 0 })
        {
            request.Headers.TryAddWithoutValidation(name, values);
        }
    }
}

/// <summary>A whole gateway, composed as in production, in this process.</summary>
sealed class HostedGateway : IAsyncDisposable
{
    readonly WebApplication _host;
    readonly int _health;

    HostedGateway(WebApplication host, int port, int health) => (_host, Port, _health) = (host, port, health);

    /// <summary>Of the callers.</summary>
    internal int Port { get; }

    /// <summary>Callers that wait now.</summary>
    internal int Waiting => _host.Services.GetRequiredService<WaitingCallers>().Count;

    /// <summary>Where its answers go.</summary>
    internal string Address => _host.Services.GetRequiredService<WaitingCallers>().Address;

    /// <summary>The queue that its answers come to now.</summary>
    internal string? Queue => _host.Services.GetRequiredService<BrokerLink>().Queue;

    /// <summary>The channel that its requests go out on now.</summary>
    internal object? Channel => _host.Services.GetRequiredService<BrokerLink>().Publisher;

    /// <summary>The gateway's share of a sandbox's settings, with ports of its own.</summary>
    internal static Dictionary<string, string?> SettingsOf(Sandbox box)
    {
        var (port, health) = (Ports.Free(), Ports.Free());
        return new(StringComparer.OrdinalIgnoreCase)
        {
            ["ConnectionStrings:RabbitMq"] = box.Settings["ConnectionStrings:RabbitMq"],
            [$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key,
            ["Http:Port"] = port.ToString(CultureInfo.InvariantCulture),
            ["Health:Port"] = health.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Starts and waits until it is ready.</summary>
    internal static async Task<HostedGateway> StartAsync(
        Sandbox box, Action<Dictionary<string, string?>>? change = null, bool ready = true)
    {
        var settings = SettingsOf(box);
        change?.Invoke(settings);
        var host = GatewayHost.Build(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        await host.StartAsync();
        var gateway = box.Keep(new HostedGateway(
            host, int.Parse(settings["Http:Port"]!, CultureInfo.InvariantCulture),
            int.Parse(settings["Health:Port"]!, CultureInfo.InvariantCulture)));
        if (ready)
        {
            await gateway.BecomesReadyAsync();
        }

        return gateway;
    }

    /// <summary>The same, with a file for each secret; what changes there is read again.</summary>
    internal static async Task<HostedGateway> StartAsync(Sandbox box, SecretFolder secrets)
    {
        var settings = SettingsOf(box);
        settings.Remove($"Clients:{Some.Client}:ApiKeys:0");
        var host = GatewayHost.Build(secrets.Over(settings), again: secrets.Changing(settings));
        await host.StartAsync();
        var gateway = box.Keep(new HostedGateway(
            host, int.Parse(settings["Http:Port"]!, CultureInfo.InvariantCulture),
            int.Parse(settings["Health:Port"]!, CultureInfo.InvariantCulture)));
        await gateway.BecomesReadyAsync();
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await _host.DisposeAsync();
    }

    internal Task<Told> PostAsync(
        string body, Action<HttpRequestMessage>? change = null, string key = Some.Key) =>
        Caller.PostAsync(Port, body, change, key);

    internal Task<Told> PreviewAsync(
        string body, Action<HttpRequestMessage>? change = null, string key = Some.Key) =>
        Caller.PostAsync(Port, body, change, key, "/reversal/preview");

    internal async Task<HttpStatusCode> HealthAsync(string kind)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri($"http://127.0.0.1:{_health}/health/{kind}"));
        return (await Caller.SendAsync(request)).Status;
    }

    internal Task BecomesReadyAsync() => Until.TrueAsync(
        async () => await HealthAsync("ready") == HttpStatusCode.OK, "the gateway is ready");
}
