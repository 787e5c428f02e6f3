using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Tests.Unit.Contract;

/// <summary>What stands beside the body of a message.</summary>
static class MessageHeaders
{
    const string TraceContext = "W3C trace context; carried on from a request to its events.";

    internal static JsonObject OfRequest() => Object(
        [
            (Wire.SignatureHeader, Signature("one of the client's API keys")),
            (Wire.ClientIdHeader, Text(
                "Whose key and whose bills. May be left out where there is one client only.")),
            (Wire.PendingForHeader, Text(
                "Whole seconds that this request may wait for its payment, from 0; at most the client's own "
                + "setting counts, and that is taken when the header is missing.")),
            (Wire.TraceParentHeader, Text(TraceContext)),
        ],
        Wire.SignatureHeader);

    internal static JsonObject OfEvent() => Object(
        [
            (Wire.SignatureHeader, Signature("the key of the events (Events:SigningKey); absent without one")),
            (Wire.SignatureKeyHeader, KeyId(Wire.SignatureHeader)),
            (Wire.NextSignatureHeader, Signature(
                "the key that is to follow (Events:NextSigningKey); there only while the key changes")),
            (Wire.NextSignatureKeyHeader, KeyId(Wire.NextSignatureHeader)),
            (Wire.ClientIdHeader, Text("The client that asked.")),
            (Wire.ReplayedHeader, new JsonObject
            {
                ["description"] = "There, and true: the same request was answered before with these bytes.",
                ["const"] = true,
            }),
            (Wire.TraceParentHeader, Text(TraceContext)),
        ],
        Wire.ClientIdHeader);

    static JsonObject Object((string Name, JsonObject Schema)[] headers, params string[] required) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(headers.Select(one =>
            KeyValuePair.Create<string, JsonNode?>(one.Name, one.Schema))),
        ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]),
    };

    static JsonObject Signature(string key) => new()
    {
        ["description"] = $"HMAC-SHA256 of the exact body under {key}, in hexadecimal digits.",
        ["type"] = "string",
        ["pattern"] = "^[0-9A-Fa-f]{64}$",
    };

    static JsonObject KeyId(string header) => new()
    {
        ["description"] = $"Names the key of {header}: the first 16 hexadecimal digits of the HMAC-SHA256 "
            + "of the text Signature-Key under it.",
        ["type"] = "string",
        ["pattern"] = "^[0-9a-f]{16}$",
    };

    static JsonObject Text(string description) => new() { ["description"] = description, ["type"] = "string" };
}
