using System.Globalization;
using System.Security.Cryptography;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Which messages are let in: first those that can be read at all, then those whose sender is proved; and
/// how one is kept that is refused.
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
        "x-dotnet-pub-seq-no", AmqpHeaders.TimeUnsaid,
    ];

    /// <summary>
    /// Whose message it is, or why it is refused. What is too large or says two things is refused before
    /// anybody computes a signature over it.
    /// </summary>
    internal static Authentication Check(ReceivedMessage message, Authenticator authenticator) =>
        Refusal(message) is { } refusal
            ? new Authentication { ClientId = authenticator.Claimed(message.Request), Failure = refusal }
            : authenticator.Check(message.Request);

    /// <summary>The message as it is kept.</summary>
    /// <param name="message">As it came.</param>
    /// <param name="client">A configured client, or that it is unknown.</param>
    /// <param name="cause">Why.</param>
    /// <param name="receivedAt">When.</param>
    internal static QuarantinedMessage SetAside(
        ReceivedMessage message, string client, Reason cause, DateTimeOffset receivedAt) =>
        SetAside(message, client, cause.Code, receivedAt) with
        {
            Detail = Detail(cause, message), IsAuthentic = cause == Reason.InternalError,
        };

    /// <summary>The message of a paused client, until it may go on; its sender is proved.</summary>
    /// <param name="message">As it came.</param>
    /// <param name="client">The configured client, also when the message does not name it.</param>
    /// <param name="receivedAt">When.</param>
    internal static QuarantinedMessage Keep(
        ReceivedMessage message, string client, DateTimeOffset receivedAt) =>
        SetAside(message, client, Pause.Cause, receivedAt) with
        {
            ClientId = client, IsAuthentic = true, MessageId = message.Request.MessageId,
        };

    static QuarantinedMessage SetAside(
        ReceivedMessage message, string client, string cause, DateTimeOffset receivedAt)
    {
        var (request, isHead) = (message.Request, message.HasTooLargeBody);
        var hash = message.Note?.BodyHash ?? SHA256.HashData(request.Body.Span);
        var kept = isHead ? Math.Min(request.Body.Length, OversizedBody.HeadBytes) : request.Body.Length;
        return new QuarantinedMessage
        {
            Cause = cause,
            Detail = "an operator paused the client",
            Client = client,
            ClientId = request.ClientId,
            Signature = request.Signature,
            Headers = HeaderJson.Write(message.Properties),
            Body = request.Body[..kept].ToArray(),
            BodySize = isHead ? message.BodySize : null,
            BodyHash = isHead ? hash : null,
            Fingerprint = Fingerprint(cause, hash, message),
            SentAt = request.SentAt,
            CorrelationId = request.CorrelationId,
            ReceivedAt = receivedAt,
        };
    }

    /// <summary>
    /// What the message is known by in quarantine, for each cause for which a whole message may get there.
    /// </summary>
    internal static IReadOnlyList<byte[]> Fingerprints(ReceivedMessage message)
    {
        var hash = SHA256.HashData(message.Request.Body.Span);
        return [.. QuarantinedMessage.Causes.Select(cause => Fingerprint(cause, hash, message))];
    }

    static Reason? Refusal(ReceivedMessage message) =>
        message.HasTooLargeBody ? Reason.BodyTooLarge
        : message.HasTooLargeHeaders ? Reason.HeadersTooLarge
        : message.AmbiguousHeader is not null ? Reason.HeaderAmbiguous
        : null;

    static string Detail(Reason cause, ReceivedMessage message) =>
        cause == Reason.HeaderAmbiguous
            ? $"the header {message.AmbiguousHeader} comes with two different values"
        : cause == Reason.HeadersTooLarge && message.Note is { HeaderBytes: { } bytes }
            ? string.Create(CultureInfo.InvariantCulture,
                $"{cause.Message}: {bytes} bytes came, of which only small values are kept")
        : cause.Message;

    /// <summary>
    /// The same for every delivery of a message, and for a message that is sent again byte for byte.
    /// </summary>
    static byte[] Fingerprint(string cause, byte[] bodyHash, ReceivedMessage message)
    {
        var sent = new BasicProperties
        {
            Headers = message.Properties?.Headers?
                .Where(header => !Array.Exists(TransportHeaders, name =>
                    header.Key.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
                .OrderBy(header => header.Key, StringComparer.Ordinal)
                .ToDictionary(StringComparer.Ordinal),
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bodyHash);
        // A message that a paused client gave an id of its own is not taken for a copy of another.
        var isOfPause = string.Equals(cause, Pause.Cause, StringComparison.Ordinal);
        var id = isOfPause ? message.Request.MessageId : null;
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{cause}\n{message.Request.SentAt?.ToUnixTimeSeconds()}\n" +
            $"{message.Request.CorrelationId}\n" +
            $"{HeaderJson.Write(sent)}{id}")));
        return hash.GetHashAndReset();
    }
}
