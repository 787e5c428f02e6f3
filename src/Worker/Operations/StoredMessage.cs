using System.Text.Json;
using RabbitMQ.Client;
using Reversals.Contracts;

namespace Reversals.Worker.Operations;

/// <summary>A quarantined message as the worker read it, and as it is sent again.</summary>
sealed record StoredMessage
{
    public required long Id { get; init; }
    public required string Cause { get; init; }
    public string? ClientId { get; init; }
    public string? Signature { get; init; }
    public required string Headers { get; init; }
    public required byte[] Body { get; init; }
    public DateTime? SentAt { get; init; }
    public string? CorrelationId { get; init; }
    public required DateTime ReceivedAt { get; init; }

    /// <summary>
    /// Sent when it was, or else received when it was: the time in quarantine counts in no window.
    /// </summary>
    DateTimeOffset Time => new(SentAt ?? ReceivedAt, TimeSpan.Zero);

    internal ReversalRequested ToRequest() => new()
    {
        Body = Body,
        Signature = Signature,
        ClientId = ClientId,
        SentAt = Time,
        CorrelationId = CorrelationId,
    };

    /// <summary>The headers as they came; of the types only those that JSON tells apart.</summary>
    internal BasicProperties ToProperties()
    {
        using var json = JsonDocument.Parse(Headers);
        var headers = Table(json.RootElement);

        // A credential of the old HTTP call is not kept, so it cannot be sent.
        headers.Remove("Authorization");
        if (Signature is not null)
        {
            headers[Wire.SignatureHeader] = Signature;
        }

        if (ClientId is not null)
        {
            headers[Wire.ClientIdHeader] = ClientId;
        }

        return new BasicProperties
        {
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Timestamp = new AmqpTimestamp(Time.ToUnixTimeSeconds()),
            CorrelationId = CorrelationId,
            MessageId = Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Headers = headers,
        };
    }

    static Dictionary<string, object?> Table(JsonElement json) =>
        json.EnumerateObject().ToDictionary(one => one.Name, one => Value(one.Value), StringComparer.Ordinal);

    static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object when json.TryGetProperty("base64", out var bytes)
            && bytes.ValueKind == JsonValueKind.String && bytes.TryGetBytesFromBase64(out var value) => value,
        JsonValueKind.Object => Table(json),
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToList(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number when json.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
