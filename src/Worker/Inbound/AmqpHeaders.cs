using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace Reversals.Worker.Inbound;

/// <summary>Reads what a stranger put into AMQP headers: any type, any size, any nesting.</summary>
static class AmqpHeaders
{
    /// <summary>Carried by the old HTTP call; a credential that is nobody's business here.</summary>
    const string SecretHeader = "Authorization";

    const int DeepestTable = 8;

    /// <summary>A header as text; null when it is missing.</summary>
    internal static string? Text(IReadOnlyBasicProperties? properties, string name) =>
        properties?.Headers is { } headers && headers.TryGetValue(name, out var value) && value is not null
            ? Text(value)
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

    /// <summary>About how many bytes all names and values take.</summary>
    internal static int Size(IReadOnlyBasicProperties? properties) =>
        properties?.Headers is { } headers ? Size(headers, depth: 0) : 0;

    /// <summary>All headers as a JSON object that PostgreSQL can hold.</summary>
    internal static string ToJson(IReadOnlyBasicProperties? properties)
    {
        var json = properties?.Headers is { } headers ? Table(headers, depth: 0) : [];
        return json.ToJsonString(new JsonSerializerOptions(JsonSerializerDefaults.General));
    }

    static int Size(object? value, int depth) => value switch
    {
        _ when depth > DeepestTable => 0,
        byte[] bytes => bytes.Length,
        string text => text.Length,
        IEnumerable<KeyValuePair<string, object?>> table =>
            table.Sum(entry => entry.Key.Length + Size(entry.Value, depth + 1)),
        IEnumerable list => list.Cast<object?>().Sum(entry => Size(entry, depth + 1)),
        _ => sizeof(long),
    };

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
        byte[] or string => Storable(Text(value)),
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
