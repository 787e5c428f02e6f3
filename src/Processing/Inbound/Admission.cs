using System.Globalization;
using System.Security.Cryptography;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound;

/// <summary>
/// What a message must not be before anybody looks at its signature, and how it is kept when it is refused.
/// </summary>
static class Admission
{
    /// <summary>
    /// Brokers and client libraries add headers of these beginnings, others with each delivery: they make no
    /// other message.
    /// </summary>
    static readonly string[] TransportHeaders =
    [
        "x-delivery-count", "x-acquired-count", "x-death", "x-first-death-", "x-last-death-",
        "x-dotnet-pub-seq-no",
    ];

    /// <summary>Why the message is refused unread; null: it is not.</summary>
    internal static Reason? Refusal(ReversalRequested message, IReadOnlyBasicProperties? properties)
    {
        var note = FrameNote.Of(properties);
        return message.Body.Length > Wire.MaxBodyBytes || note is { BodySize: not null }
                ? Reason.BodyTooLarge
            : note is { HeaderBytes: not null } || AmqpHeaders.Size(properties) > Wire.MaxHeaderBytes
                ? Reason.HeadersTooLarge
            : AmqpHeaders.Ambiguous(properties) is not null ? Reason.HeaderAmbiguous
            : null;
    }

    /// <summary>The message as it is kept.</summary>
    /// <param name="message">As it came.</param>
    /// <param name="properties">With its headers.</param>
    /// <param name="client">A configured client, or that it is unknown.</param>
    /// <param name="cause">Why.</param>
    /// <param name="receivedAt">When.</param>
    internal static QuarantinedMessage SetAside(
        ReversalRequested message, IReadOnlyBasicProperties? properties, string client, Reason cause,
        DateTimeOffset receivedAt)
    {
        var note = FrameNote.Of(properties);
        var headers = HeaderJson.Write(properties);
        var isHead = note is { BodySize: not null } || message.Body.Length > Wire.MaxBodyBytes;
        var hash = note?.BodyHash ?? SHA256.HashData(message.Body.Span);
        return new QuarantinedMessage
        {
            Cause = cause.Code,
            Detail = Detail(cause, properties, note),
            Client = client,
            ClientId = message.ClientId,
            Signature = message.Signature,
            Headers = headers,
            Body = message.Body[..(isHead ? Math.Min(message.Body.Length, OversizedBody.HeadBytes)
                : message.Body.Length)].ToArray(),
            BodySize = isHead ? note?.BodySize ?? message.Body.Length : null,
            BodyHash = isHead ? hash : null,
            Fingerprint = Fingerprint(cause, hash, properties, message),
            IsAuthentic = cause == Reason.InternalError,
            SentAt = message.SentAt,
            CorrelationId = message.CorrelationId,
            ReceivedAt = receivedAt,
        };
    }

    static string Detail(Reason cause, IReadOnlyBasicProperties? properties, FrameNote? note) =>
        cause == Reason.HeaderAmbiguous
            ? $"the header {AmqpHeaders.Ambiguous(properties)} comes with two different values"
        : cause == Reason.HeadersTooLarge && note is { HeaderBytes: { } bytes }
            ? string.Create(CultureInfo.InvariantCulture,
                $"{cause.Message}: {bytes} bytes came, of which only small values are kept")
        : cause.Message;

    /// <summary>
    /// The same for every delivery of a message, and for a message that is sent again byte for byte.
    /// </summary>
    static byte[] Fingerprint(
        Reason cause, byte[] bodyHash, IReadOnlyBasicProperties? properties, ReversalRequested message)
    {
        var sent = new BasicProperties
        {
            Headers = properties?.Headers?
                .Where(header => !Array.Exists(TransportHeaders, name =>
                    header.Key.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
                .OrderBy(header => header.Key, StringComparer.Ordinal)
                .ToDictionary(StringComparer.Ordinal),
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bodyHash);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{cause.Code}\n{message.SentAt?.ToUnixTimeSeconds()}\n{message.CorrelationId}\n" +
            $"{HeaderJson.Write(sent)}")));
        return hash.GetHashAndReset();
    }
}
