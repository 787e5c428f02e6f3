using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>
/// One request and the answer to it. The request stands with its answer, as <c>x-request</c>, so that anybody
/// can send it; <c>given</c> there says what must be so before.
/// </summary>
sealed record Example
{
    internal const string Key = "test-api-key";

    /// <summary>The biller API specification's own example, without white space.</summary>
    internal static readonly string Base = (
        "{'payment_ref':'1234567890','amount':10000,'reference_id':'abcRef13456789'," +
        "'virtual_account':'1234567890','channel':'bank_name','prefix':'857399'}").Replace('\'', '"');

    static readonly DateTimeOffset At = new(2022, 4, 5, 6, 11, 58, TimeSpan.FromHours(7));

    public required string Name { get; init; }

    public required string Summary { get; init; }

    public required int Status { get; init; }

    public required string Rc { get; init; }

    public required string Message { get; init; }

    /// <summary>The bill that is told; null: none.</summary>
    public Payment? Data { get; init; }

    public string Method { get; init; } = HttpMethods.Post;

    public string Path { get; init; } = ReversalEndpoint.Path;

    public string Body { get; init; } = Base;

    /// <summary>That many bytes, blanks behind the body; null: the body as it is.</summary>
    public int? BodyBytes { get; init; }

    /// <summary>Headers that differ from those of a right request; null: it is left out.</summary>
    public IReadOnlyDictionary<string, string?> Headers { get; init; } =
        new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>What is so before; null: a worker runs, and the base request finds its payment.</summary>
    public string? Given { get; init; }

    internal static IReadOnlyList<Example> All { get; } =
        [.. WorkerExamples.All, .. GatewayExamples.All, .. PreviewExamples.All];

    internal static string Sign(string body) => Signature.Compute(Encoding.UTF8.GetBytes(body), Key);

    internal JsonObject ToJson()
    {
        var request = new JsonObject { ["method"] = Method, ["path"] = Path, ["headers"] = HeadersJson() };
        if (HttpMethods.IsPost(Method))
        {
            request["body"] = Body;
        }

        if (BodyBytes is { } bytes)
        {
            request["bodyBytes"] = bytes;
        }

        if (Given is not null)
        {
            request["given"] = Given;
        }

        return new JsonObject
        {
            ["summary"] = Summary,
            ["x-request"] = request,
            ["value"] = new JsonObject
            {
                ["rc"] = Rc,
                ["message"] = Message,
                ["timestamp"] = JsonSerializer.SerializeToNode(At, WireJson.Instance.Options),
                ["data"] = JsonSerializer.SerializeToNode(Data, WireJson.Instance.Options),
            },
        };
    }

    JsonObject HeadersJson()
    {
        var headers = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Accept"] = Wire.ContentType,
            ["Content-Type"] = Wire.ContentType,
            [Wire.SignatureHeader] = Sign(Body),
        };
        foreach (var (name, value) in Headers)
        {
            headers[name] = value;
        }

        return new JsonObject(headers.Where(one => one.Value is not null).Select(one =>
            KeyValuePair.Create<string, JsonNode?>(one.Key, one.Value)));
    }
}
