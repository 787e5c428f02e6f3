using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Operations;

/// <summary>
/// What of a stored message people may see: no key, nothing about a customer, the last four digits of an
/// account. Whatever it is that came: it need not be JSON, nor text.
/// </summary>
sealed class Mask(IEnumerable<string> secrets)
{
    const string Hidden = "***";
    const int MostShown = 8 * 1024;

    /// <summary>References of people's own choosing, by which they search.</summary>
    static readonly string[] References =
        ["payment_ref", "reference_id", "transaction_ref_id", "payment_ref_id", "event_id"];

    readonly MaskingFormatter _log = new(secrets);

    internal static Mask For(WorkerOptions options) => new(WorkerConfiguration.Secrets(options));

    /// <summary>A body; what is no JSON object is text whose long numbers are all cut.</summary>
    internal string Body(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MostShown)));
        if (body.Length > MostShown)
        {
            return $"{_log.Clean(text)}… ({body.Length} bytes)";
        }

        try
        {
            return Json(text);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return _log.Clean(text);
        }
    }

    /// <summary>Headers as they are stored, a JSON object.</summary>
    internal string Headers(string headers) => Json(headers);

    /// <summary>A short text of a stranger's, such as a Client-Id.</summary>
    internal string Text(string text) => _log.WithoutSecrets(text);

    string Json(string text)
    {
        var json = JsonNode.Parse(text);
        Hide(json);
        return _log.WithoutSecrets(json?.ToJsonString(JsonSerializerOptions.Web) ?? text);
    }

    void Hide(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            for (var place = 0; place < list.Count; place++)
            {
                list[place] = Shown(name: "", list[place]);
            }
        }
        else if (node is JsonObject table)
        {
            foreach (var (name, value) in table.ToList())
            {
                table[name] = Shown(name, value);
            }
        }
    }

    JsonNode? Shown(string name, JsonNode? value)
    {
        if (name.StartsWith("customer", StringComparison.OrdinalIgnoreCase))
        {
            return value is null ? null : Hidden;
        }

        if (value is not JsonValue leaf)
        {
            Hide(value);
            return value?.DeepClone();
        }

        return leaf.GetValueKind() is not (JsonValueKind.String or JsonValueKind.Number)
            || References.Contains(name, StringComparer.Ordinal)
            ? leaf.DeepClone()
            : Cut(leaf);
    }

    JsonNode Cut(JsonValue leaf)
    {
        var text = leaf.ToString();
        var clean = _log.Clean(text);
        return string.Equals(text, clean, StringComparison.Ordinal) ? leaf.DeepClone() : clean;
    }
}
