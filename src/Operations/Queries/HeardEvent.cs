using System.Text.Json;

namespace Reversals.Operations.Queries;

/// <summary>A file of events has a line that is none.</summary>
sealed class UnreadableEventException(string problem) : InvalidOperationException(problem);

/// <summary>An event as a subscriber heard it, or as the books have it.</summary>
sealed record HeardEvent
{
    /// <summary>What the two must agree about; times and texts of the bill may differ.</summary>
    static readonly string[] Facts =
    [
        "event", "client_id", "reference_id", "payment_ref", "amount", "remaining", "reason", "bill_version",
    ];

    public required Guid EventId { get; init; }

    /// <summary>When it was decided, to the second.</summary>
    public required DateTimeOffset At { get; init; }

    public string? ClientId { get; init; }

    public string? ReferenceId { get; init; }

    /// <summary>In the order of <see cref="Facts"/>, as they stand in the JSON.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <param name="body">As it was published.</param>
    /// <param name="place">Where it stands, for people.</param>
    internal static HeardEvent Read(ReadOnlyMemory<byte> body, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var json = document.RootElement;
            return new HeardEvent
            {
                EventId = json.GetProperty("event_id").GetGuid(),
                At = json.GetProperty("timestamp").GetDateTimeOffset(),
                ClientId = Text(json, "client_id"),
                ReferenceId = Text(json, "reference_id"),
                Values = [.. Facts.Select(fact => Raw(json, fact))],
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException)
        {
            throw new UnreadableEventException(
                $"{place}: expected an event as it was published, one JSON object a line, with event_id " +
                "and timestamp; found something else");
        }
    }

    /// <summary>What of the other is not the same, as it stands here.</summary>
    internal string Differences(HeardEvent other) => string.Join(", ", Facts.Index()
        .Where(fact => !string.Equals(Values[fact.Index], other.Values[fact.Index], StringComparison.Ordinal))
        .Select(fact => $"{fact.Item} {Values[fact.Index]}"));

    static string Raw(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetRawText() : "null";

    static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
