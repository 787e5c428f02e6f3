using System.Net;
using System.Text.Json;

namespace Reversals.Gateway;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: requests can be published and answers
/// heard. On a port of their own.
/// </summary>
static class HealthEndpoints
{
    internal static void Map(WebApplication host, GatewayHealthOptions options)
    {
        var broker = host.Services.GetRequiredService<BrokerLink>();
        host.MapWhen(context => context.Connection.LocalPort == options.Port, health =>
            health.Run(context => (context.Request.Path.Value switch
            {
                "/health/live" => Answer(problem: null),
                "/health/ready" => Answer(broker.Problem),
                _ => Results.NotFound(),
            }).ExecuteAsync(context)));
    }

    /// <summary>
    /// Asks the gateway of this machine, for a container that has nothing else to ask with.
    /// </summary>
    internal static async Task<int> CheckAsync(GatewayHealthOptions options, string kind)
    {
        var address = IPAddress.Parse(options.Address);
        var host = address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : address;
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await client.GetAsync(
                new UriBuilder("http", host.ToString(), options.Port, $"/health/{kind}").Uri);
            await Console.Out.WriteLineAsync(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"The gateway does not answer: {error.Message}");
            return 1;
        }
    }

    static IResult Answer(string? problem) => Results.Json(
        new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["status"] = problem is null ? "ok" : "not ok",
            ["problem"] = problem,
        },
        JsonSerializerOptions.Default,
        statusCode: problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
