using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Reversals.Contracts;

namespace Reversals.Processing.Inbound;

/// <summary>
/// A request as it travels: the exact bytes of the specified body, and the headers that count.
/// The worker never serialises the body again, so any JSON writer of any language may have made it.
/// </summary>
sealed record ReversalRequested
{
    /// <summary>The JSON bytes, at most <see cref="Wire.MaxBodyBytes"/>.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>
    /// 64 hex characters, see <see cref="Reversals.Contracts.Signature"/>; null when the header is missing.
    /// </summary>
    public string? Signature { get; init; }

    /// <summary>Whose key and whose bills; null: the only client, when exactly one is configured.</summary>
    public string? ClientId { get; init; }

    /// <summary>
    /// When the sender says it was sent (AMQP <c>timestamp</c>, whole seconds, UTC); null: not said.
    /// </summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Its sender gave no time: <see cref="SentAt"/> is when it was received first.</summary>
    public bool IsTimeUnsaid { get; init; }

    /// <summary>W3C trace context of the sender; null: none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>
    /// AMQP <c>correlation-id</c>: at most 255 bytes of UTF-8 without U+0000. Every answer to this delivery
    /// carries it; null: none.
    /// </summary>
    public string? CorrelationId { get; init; }

    /// <summary>
    /// Header <see cref="Wire.PendingForHeader"/> as it came; null when it is missing.
    /// </summary>
    public string? PendingFor { get; init; }

    /// <summary>AMQP <c>message-id</c> as it came; null: none.</summary>
    public string? MessageId { get; init; }

    /// <summary>The broker may have delivered it before.</summary>
    public bool IsRedelivered { get; init; }

    /// <summary>
    /// The same for each delivery of this message. Two messages of the same bytes differ by what their sender
    /// gave them: an id, a correlation-id, a time; without any of these they count as one.
    /// </summary>
    internal byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sentAt = IsTimeUnsaid ? null : SentAt?.ToUnixTimeSeconds();
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{MessageId}\n{CorrelationId}\n{sentAt}\n{PendingFor}\n{TraceParent}\n")));
        hash.AppendData(Body.Span);
        return hash.GetHashAndReset();
    }
}
