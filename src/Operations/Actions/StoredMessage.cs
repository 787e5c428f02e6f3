using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Inbound;

namespace Reversals.Operations.Actions;

/// <summary>A quarantined message as the worker read it, and as it is sent again.</summary>
sealed record StoredMessage
{
    public required long Id { get; init; }
    public required string Cause { get; init; }
    public string? ClientId { get; init; }
    public string? Signature { get; init; }
    public required string Headers { get; init; }
    public required byte[] Body { get; init; }

    /// <summary>Bytes of the body of which only the head is kept; null: it is whole.</summary>
    public long? BodySize { get; init; }

    public DateTime? SentAt { get; init; }
    public string? CorrelationId { get; init; }
    public required DateTime ReceivedAt { get; init; }

    /// <summary>
    /// When it was first sent, or else received, so that the time in quarantine does not count in a window.
    /// </summary>
    DateTimeOffset Time => new(SentAt ?? ReceivedAt, TimeSpan.Zero);

    internal ReceivedMessage ToReceived() => ReceivedMessage.Read(Body, ToProperties());

    /// <summary>
    /// The headers as they came, without those that held a credential of the old HTTP call: it is not kept,
    /// so it cannot be sent.
    /// </summary>
    internal BasicProperties ToProperties()
    {
        var properties = new BasicProperties
        {
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Timestamp = new AmqpTimestamp(Time.ToUnixTimeSeconds()),
            CorrelationId = CorrelationId,
            MessageId = Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Headers = HeaderJson.Read(Headers),
        };
        Complete(properties, Wire.SignatureHeader, Signature);
        Complete(properties, Wire.ClientIdHeader, ClientId);
        return properties;
    }

    /// <summary>Of messages whose headers could not be read, older workers kept these alone.</summary>
    static void Complete(BasicProperties properties, string name, string? value)
    {
        if (value is not null && AmqpHeaders.Text(properties, name) is null)
        {
            properties.Headers![name] = value;
        }
    }
}
