using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using RabbitMQ.Client;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Headers as JSON that PostgreSQL can hold, and back. What JSON has no word for stands in an object with one
/// name: <c>base64</c> for bytes that are no text, <c>timestamp</c>, <c>decimal</c>, <c>double</c> for what
/// is no number; and a sender's own table of such a form in one with <c>table</c>. Integers and fractions
/// come back as the widest of their kind, texts as texts.
/// </summary>
static class HeaderJson
{
    const string Bytes = "base64", Time = "timestamp", Exact = "decimal", NoNumber = "double", Own = "table";

    const int DeepestTable = 8;

    static readonly string[] Words = [Bytes, Time, Exact, NoNumber, Own];

    /// <summary>All headers as a JSON object, without what is secret.</summary>
    internal static string Write(IReadOnlyBasicProperties? properties) =>
        Text(properties?.Headers is { } headers ? Table(headers, depth: 0) : []);

    /// <summary>One value.</summary>
    internal static string Write(object? value) => Node(value, depth: 1) is { } node ? Text(node) : "null";

    /// <summary>
    /// The headers of such an object, without those that stand for a secret: it is not kept.
    /// </summary>
    internal static Dictionary<string, object?> Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Table(document.RootElement);
    }

    static string Text(JsonNode node) =>
        node.ToJsonString(new JsonSerializerOptions(JsonSerializerDefaults.General));

    static JsonObject Table(IEnumerable<KeyValuePair<string, object?>> headers, int depth)
    {
        var json = new JsonObject();
        foreach (var (name, value) in headers)
        {
            if (!string.Equals(name, FrameNote.Name, StringComparison.Ordinal))
            {
                json[Storable(name)] = SecretHeaders.IsSecret(name)
                    ? SecretHeaders.Mask
                    : Node(value, depth + 1);
            }
        }

        return depth > 0 && IsTyped(json) ? new JsonObject { [Own] = json } : json;
    }

    static JsonNode? Node(object? value, int depth) => value switch
    {
        null => null,
        _ when depth > DeepestTable => "…",
        bool flag => flag,
        sbyte or byte or short or ushort or int or uint or long =>
            Convert.ToInt64(value, CultureInfo.InvariantCulture),
        float number when float.IsFinite(number) => number,
        double number when double.IsFinite(number) => number,
        float or double => Typed(NoNumber, Convert.ToString(value, CultureInfo.InvariantCulture)!),
        decimal number => Typed(Exact, number.ToString(CultureInfo.InvariantCulture)),
        AmqpTimestamp time => Typed(Time, time.UnixTime),
        string text => Storable(text),
        byte[] bytes when Utf8.IsValid(bytes) && !bytes.Contains((byte)0) => Encoding.UTF8.GetString(bytes),
        byte[] bytes => Typed(Bytes, Convert.ToBase64String(bytes)),
        BinaryTableValue binary => Node(binary.Bytes, depth),
        IEnumerable<KeyValuePair<string, object?>> table => Table(table, depth),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(entry => Node(entry, depth + 1))]),
        _ => null,
    };

    static JsonObject Typed(string word, JsonNode value) => new() { [word] = value };

    static bool IsTyped(JsonObject json) =>
        json.Count == 1 && Words.Contains(json.First().Key, StringComparer.Ordinal);

    /// <summary>PostgreSQL's jsonb cannot hold U+0000.</summary>
    static string Storable(string text) => text.Replace('\0', '\uFFFD');

    static Dictionary<string, object?> Table(JsonElement json) => json.EnumerateObject()
        .Where(one => !SecretHeaders.IsSecret(one.Name))
        .ToDictionary(one => one.Name, one => Value(one.Value), StringComparer.Ordinal);

    static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Typed(json) ?? Table(json),
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToList(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number when json.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Null: it is a table like any other.</summary>
    static object? Typed(JsonElement json)
    {
        if (json.EnumerateObject().Count() != 1)
        {
            return null;
        }

        var (word, value) = (json.EnumerateObject().First().Name, json.EnumerateObject().First().Value);
        return (word, value.ValueKind) switch
        {
            (Bytes, JsonValueKind.String) when value.TryGetBytesFromBase64(out var bytes) => bytes,
            (Time, JsonValueKind.Number) when value.TryGetInt64(out var time) => new AmqpTimestamp(time),
            (Exact, JsonValueKind.String) when decimal.TryParse(
                value.GetString(), CultureInfo.InvariantCulture, out var number) => number,
            (NoNumber, JsonValueKind.String) when double.TryParse(
                value.GetString(), CultureInfo.InvariantCulture, out var number) => number,
            (Own, JsonValueKind.Object) => Table(value),
            _ => null,
        };
    }
}
