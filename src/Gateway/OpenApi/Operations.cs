using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>What can be asked for: the same request, carried out or only looked at.</summary>
static class Operations
{
    internal static JsonObject Reverse() => Post(
        ReversalEndpoint.Path, "reverse", "Reversal",
        $"The body has at most {Wire.MaxBodyBytes} bytes. The query is neither read nor signed.");

    internal static JsonObject Preview() => Post(
        PreviewRequests.Path, "previewReversal", "What a reversal would come to",
        "Takes what /reversal takes and answers what that would answer now, with the bill as it would be " +
        "afterwards. Nothing is carried out or kept, so any number may be asked for; what others do in " +
        "between may change the answer. The signature is that of the reversal itself: whoever sees the " +
        "signed body can send it there.");

    static JsonObject Post(string path, string id, string summary, string description) => new()
    {
        ["operationId"] = id,
        ["summary"] = summary,
        ["description"] = description,
        ["tags"] = new JsonArray("reversal"),
        ["deprecated"] = true,
        ["parameters"] = new JsonArray(
            Parameter(
                Wire.ClientIdHeader,
                "The client that asks. Left out: the client whose key made the signature.",
                new JsonObject { ["type"] = "string", ["maxLength"] = 64 }),
            Parameter(
                Wire.TraceParentHeader, "W3C trace context, carried on to the worker and to its events.",
                new JsonObject { ["type"] = "string" })),
        ["requestBody"] = new JsonObject
        {
            ["required"] = true,
            ["content"] = new JsonObject
            {
                [Wire.ContentType] = new JsonObject
                {
                    ["schema"] = Schemas.Reference("ReversalRequest"),
                    ["example"] = JsonNode.Parse(Example.Base),
                },
            },
        },
        ["responses"] = Responses.Of(path),
    };

    static JsonObject Parameter(string name, string description, JsonObject schema) => new()
    {
        ["name"] = name,
        ["in"] = "header",
        ["description"] = description,
        ["required"] = false,
        ["schema"] = schema,
    };
}
