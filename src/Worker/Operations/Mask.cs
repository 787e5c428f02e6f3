using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reversals.Contracts;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Operations;

/// <summary>
/// What of a stored message people may see: no key, nothing about a customer, the last four digits of an
/// account. A stranger may have put anything anywhere, so only what has a known name is shown at all.
/// </summary>
sealed class Mask(IEnumerable<string> secrets)
{
    const string Hidden = "***";

    /// <summary>What is nobody's secret: fields of a request, and headers that the worker reads.</summary>
    static readonly string[] Shown =
    [
        "payment_ref", "reference_id", "amount", "channel", "prefix", "virtual_account",
        Wire.SignatureHeader, Wire.ClientIdHeader, Wire.TraceParentHeader, "Accept", "Content-Type",
    ];

    /// <summary>Names of people's own choosing, by which they search.</summary>
    static readonly string[] References = ["payment_ref", "reference_id", Wire.SignatureHeader];

    static readonly MaskingFormatter Numbers = new([]);

    readonly MaskingFormatter _secrets = new(secrets);

    internal static Mask For(WorkerOptions options) => new(WorkerConfiguration.Secrets(options));

    /// <summary>A Client-Id as a stranger gave it: perhaps an account number.</summary>
    internal static string? Client(string? clientId) => clientId is null ? null : Numbers.Clean(clientId);

    /// <summary>The fields of a body; of what is no JSON object only how long it is, and its hash.</summary>
    internal string Body(byte[] body)
    {
        try
        {
            if (body.Length <= Wire.MaxBodyBytes && JsonNode.Parse(body) is JsonObject fields)
            {
                return Text(Of(fields).ToJsonString(JsonSerializerOptions.Web));
            }
        }
        catch (Exception error) when (error
            is JsonException or InvalidOperationException or ArgumentException)
        {
            // Unique names, depth, characters: it is no object that could be shown field by field.
        }

        return $"no JSON object; SHA-256 {Convert.ToHexStringLower(SHA256.HashData(body))}";
    }

    /// <summary>Headers as they are stored, a JSON object.</summary>
    internal string Headers(string headers) =>
        Text(Of(JsonNode.Parse(headers)!.AsObject()).ToJsonString(JsonSerializerOptions.Web));

    /// <summary>Any text, without the keys and passwords of the configuration.</summary>
    internal string Text(string text) => _secrets.WithoutSecrets(text);

    static JsonObject Of(JsonObject fields)
    {
        var shown = new JsonObject();
        foreach (var (name, value) in fields.Where(
            field => Shown.Contains(field.Key, StringComparer.Ordinal)))
        {
            shown[name] = value switch
            {
                null => null,
                JsonValue leaf when References.Contains(name, StringComparer.Ordinal) => leaf.ToString(),
                JsonValue leaf => Numbers.Clean(leaf.ToString()),
                _ => Hidden,
            };
        }

        // Their names are a stranger's words as well.
        var others = fields.Count - shown.Count;
        if (others > 0)
        {
            shown["others"] = $"{others} not shown";
        }

        return shown;
    }
}
