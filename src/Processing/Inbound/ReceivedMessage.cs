using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound;

/// <summary>One delivery: its exact body, and its AMQP properties, read once.</summary>
sealed record ReceivedMessage
{
    /// <summary>The body and the headers that count.</summary>
    public required ReversalRequested Request { get; init; }

    /// <summary>All that came with it, for quarantine; null: nothing came.</summary>
    public IReadOnlyBasicProperties? Properties { get; init; }

    /// <summary>What the socket kept back; null: all came.</summary>
    public FrameNote? Note { get; init; }

    /// <summary>Whether the headers are more than is read, or than the socket let through.</summary>
    public bool HasTooLargeHeaders { get; init; }

    /// <summary>The deciding header that came with two different values; null: none did.</summary>
    public string? AmbiguousHeader { get; init; }

    /// <summary>Bytes of the body as it was sent; of a larger one only the head is here.</summary>
    internal long BodySize => Note?.BodySize ?? Request.Body.Length;

    internal bool HasTooLargeBody => BodySize > Wire.MaxBodyBytes;

    /// <summary>Reads headers of any kind and never fails; of the body it reads nothing.</summary>
    internal static ReceivedMessage Read(
        ReadOnlyMemory<byte> body, IReadOnlyBasicProperties? properties, bool isRedelivered = false)
    {
        var note = FrameNote.Of(properties);
        return new ReceivedMessage
        {
            Request = new ReversalRequested
            {
                Body = body,
                Signature = AmqpHeaders.Text(properties, Wire.SignatureHeader),
                ClientId = AmqpHeaders.Text(properties, Wire.ClientIdHeader),
                TraceParent = AmqpHeaders.Text(properties, Wire.TraceParentHeader),
                PendingFor = AmqpHeaders.Text(properties, Wire.PendingForHeader),
                CorrelationId = AmqpHeaders.CorrelationId(properties),
                SentAt = AmqpHeaders.SentAt(properties),
                IsTimeUnsaid = AmqpHeaders.IsTimeUnsaid(properties),
                MessageId = properties?.MessageId,
                IsRedelivered = isRedelivered || AmqpHeaders.WasDelivered(properties),
            },
            Properties = properties,
            Note = note,
            HasTooLargeHeaders = note is { HeaderBytes: not null }
                || AmqpHeaders.Size(properties) > Wire.MaxHeaderBytes,
            AmbiguousHeader = note?.Ambiguous ?? AmqpHeaders.Ambiguous(properties),
        };
    }
}
