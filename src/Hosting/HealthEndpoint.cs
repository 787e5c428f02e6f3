using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Reversals.Hosting;

/// <summary>How the health endpoints answer, and how one asks them.</summary>
static class HealthEndpoint
{
    static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>200 <c>ok</c> or <c>degraded</c>, or 503 <c>not ok</c>.</summary>
    /// <param name="problem">Why it is not ok; null: it is.</param>
    /// <param name="hint">Why it is degraded; null: it is not.</param>
    /// <param name="more">What else to tell.</param>
    internal static IResult Answer(
        string? problem, string? hint = null, IReadOnlyDictionary<string, object?>? more = null)
    {
        var document = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["status"] = problem is not null ? "not ok" : hint is not null ? "degraded" : "ok",
            ["problem"] = problem ?? hint,
        };
        foreach (var (name, value) in more ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            document[name] = value;
        }

        return Results.Json(
            document, JsonSerializerOptions.Default,
            statusCode: problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Asks the process of this machine, for a container that has nothing else for it.</summary>
    /// <param name="address">Where it listens; on every address is on this machine's own too.</param>
    /// <param name="port">Its port.</param>
    /// <param name="probe"><c>live</c> or <c>ready</c>.</param>
    /// <param name="program">What to call it when it does not answer.</param>
    /// <param name="stop">Nobody waits for the answer any more.</param>
    internal static async Task<(bool IsWell, JsonObject Document)> AskAsync(
        string address, int port, string probe, string program, CancellationToken stop)
    {
        address = address is "0.0.0.0" ? "127.0.0.1" : IPAddress.Parse(address).Equals(IPAddress.IPv6Any)
            ? IPAddress.IPv6Loopback.ToString()
            : address;
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler, disposeHandler: false) { Timeout = AnswerTimeout };
        try
        {
            using var answer = await client.GetAsync(
                new UriBuilder(Uri.UriSchemeHttp, address, port, $"/health/{probe}").Uri, stop);
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(stop)) as JsonObject
                ?? throw new JsonException($"what answers there is no {program}");
            return (answer.StatusCode == HttpStatusCode.OK, body);
        }
        catch (Exception error) when (!stop.IsCancellationRequested
            && error is HttpRequestException or OperationCanceledException or JsonException)
        {
            return (false, new JsonObject
            {
                ["status"] = "not ok",
                ["problem"] = $"no {program} answers on {address}:{port}: {error.Message}",
            });
        }
    }
}
