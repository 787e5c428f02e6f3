using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Inbound;
using Reversals.Processing.Storage;

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

    /// <summary>As it came from a paused client; null: it had none, or nobody kept it.</summary>
    public string? MessageId { get; init; }

    /// <summary>It waits for nothing but that its client may go on.</summary>
    internal bool IsOfPause => string.Equals(Cause, Pause.Cause, StringComparison.Ordinal);

    /// <summary>The broker counts deliveries in it.</summary>
    const string Redelivered = "x-delivery-count";

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
            MessageId = IsOfPause
                ? MessageId
                : Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Headers = HeaderJson.Read(Headers),
        };
        if (IsOfPause)
        {
            // Somebody may have been told of it before, or be by another copy: decision 0024.
            properties.Headers![Redelivered] = 1L;
            if (SentAt is null)
            {
                properties.Headers[AmqpHeaders.TimeUnsaid] = true;
            }
        }

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
