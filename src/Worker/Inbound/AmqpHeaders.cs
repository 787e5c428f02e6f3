using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using RabbitMQ.Client;

namespace Reversals.Worker.Inbound;

/// <summary>Reads what a stranger put into AMQP headers: any type, any size, any nesting.</summary>
static class AmqpHeaders
{
    /// <summary>Carried by the old HTTP call; a credential that is nobody's business here.</summary>
    const string SecretHeader = "Authorization";

    const int DeepestTable = 8;

    /// <summary>
    /// Bytes of an AMQP short string. Bytes that are no UTF-8 become longer when they are read as text.
    /// </summary>
    const int LongestShortString = 255;

    /// <summary>A header as text; null when it is missing.</summary>
    internal static string? Text(IReadOnlyBasicProperties? properties, string name) =>
        properties?.Headers is { } headers && headers.TryGetValue(name, out var value) && value is not null
            ? Text(value)
            : null;

    /// <summary>
    /// The AMQP correlation-id; null when it is missing, or cannot be stored and sent exactly as it came:
    /// what is changed on the way would answer nobody, or somebody else.
    /// </summary>
    internal static string? CorrelationId(IReadOnlyBasicProperties? properties) =>
        properties?.CorrelationId is { Length: > 0 and <= LongestShortString } id
            && !id.Contains('\0') && Encoding.UTF8.GetByteCount(id) <= LongestShortString
            ? id
            : null;

    /// <summary>The AMQP timestamp; null when it is missing or no time at all.</summary>
    internal static DateTimeOffset? SentAt(IReadOnlyBasicProperties? properties)
    {
        if (properties?.IsTimestampPresent() != true)
        {
            return null;
        }

        var seconds = properties.Timestamp.UnixTime;
        return seconds > 0 && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
    }

    /// <summary>
    /// About how many bytes all names and values take. Not by recursion: a stranger chooses the depth.
    /// </summary>
    internal static int Size(IReadOnlyBasicProperties? properties)
    {
        var size = 0;
        var values = new Stack<object?>();
        values.Push(properties?.Headers);
        while (values.TryPop(out var value))
        {
            switch (value)
            {
                case null:
                    break;
                case byte[] bytes:
                    size += bytes.Length;
                    break;
                case BinaryTableValue binary:
                    size += binary.Bytes.Length;
                    break;
                case IEnumerable<KeyValuePair<string, object?>> table:
                    foreach (var (name, entry) in table)
                    {
                        size += name.Length;
                        values.Push(entry);
                    }

                    break;
                case IEnumerable list and not string:
                    foreach (var entry in list)
                    {
                        values.Push(entry);
                    }

                    break;
                default:
                    size += value is string text ? text.Length : sizeof(long);
                    break;
            }
        }

        return size;
    }

    /// <summary>All headers as a JSON object that PostgreSQL can hold.</summary>
    internal static string ToJson(IReadOnlyBasicProperties? properties)
    {
        var json = properties?.Headers is { } headers ? Table(headers, depth: 0) : [];
        return json.ToJsonString(new JsonSerializerOptions(JsonSerializerDefaults.General));
    }

    static JsonObject Table(IEnumerable<KeyValuePair<string, object?>> headers, int depth)
    {
        var json = new JsonObject();
        foreach (var (name, value) in headers)
        {
            json[Storable(name)] = string.Equals(name, SecretHeader, StringComparison.OrdinalIgnoreCase)
                ? "***"
                : Node(value, depth + 1);
        }

        return json;
    }

    static JsonNode? Node(object? value, int depth) => value switch
    {
        null => null,
        _ when depth > DeepestTable => "…",
        bool flag => flag,
        int or long or short or byte => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        string text => Storable(text),
        byte[] bytes when Utf8.IsValid(bytes) && !bytes.Contains((byte)0) => Encoding.UTF8.GetString(bytes),
        byte[] bytes => new JsonObject { ["base64"] = Convert.ToBase64String(bytes) },
        BinaryTableValue binary => Node(binary.Bytes, depth),
        IEnumerable<KeyValuePair<string, object?>> table => Table(table, depth),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(entry => Node(entry, depth + 1))]),
        _ => Storable(Text(value)),
    };

    static string Text(object value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        IFormattable other => other.ToString(format: null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>PostgreSQL's jsonb cannot hold U+0000.</summary>
    static string Storable(string text) => text.Replace('\0', '\uFFFD');
}
