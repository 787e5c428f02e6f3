
namespace Reversals.Contracts;

/// <summary>Names and limits of the wire: exchanges, queues, headers. Nothing else may be assumed.</summary>
public static class Wire
{
    /// <summary>Exchange (fanout) that upstream services publish signed requests to.</summary>
    public const string RequestExchange = "reversal-requested";

    /// <summary>Quorum queue the worker reads; bound to <see cref="RequestExchange"/>.</summary>
    public const string RequestQueue = "reversal-requested";

    /// <summary>Exchange and quorum queue of requests the broker gave up redelivering.</summary>
    public const string DeadLetterQueue = "reversal-requested-dead-letter";

    /// <summary>Exchange (fanout) of <see cref="PaymentReversed"/>.</summary>
    public const string PaymentReversedExchange = "payment-reversed";

    /// <summary>Exchange (fanout) of <see cref="ReversalRejected"/>.</summary>
    public const string ReversalRejectedExchange = "reversal-rejected";

    /// <summary>
    /// Header with the hex HMAC-SHA256 of the exact body; see <see cref="Signature"/>. Names of headers are
    /// compared without case, and a value may be a text or its UTF-8 bytes.
    /// </summary>
    public const string SignatureHeader = "Signature";

    /// <summary>
    /// Header of an event that names the key of its <see cref="SignatureHeader"/>, see
    /// <see cref="Signature.KeyId"/>.
    /// </summary>
    public const string SignatureKeyHeader = "Signature-Key";

    /// <summary>
    /// Header of an event with a second signature, under the key that is to follow: there while the key of
    /// the events is being changed. Whoever has only the new key checks this one.
    /// </summary>
    public const string NextSignatureHeader = "Signature-Next";

    /// <summary>Header of an event that names the key of its <see cref="NextSignatureHeader"/>.</summary>
    public const string NextSignatureKeyHeader = "Signature-Next-Key";

    /// <summary>Header that names the client: whose key and whose bills.</summary>
    public const string ClientIdHeader = "Client-Id";

    /// <summary>
    /// Header with the whole seconds, from 0, that a request may wait for its payment; at most the client's
    /// own setting counts, and a missing header stands for that. Like every header it is not signed.
    /// </summary>
    public const string PendingForHeader = "Pending-For";

    /// <summary>Header of an event that answers a duplicate again; its value is <c>true</c>.</summary>
    public const string ReplayedHeader = "Replayed";

    /// <summary>Header with the W3C trace context of the request; carried on to its event.</summary>
    public const string TraceParentHeader = "traceparent";

    /// <summary>Media type of every body.</summary>
    public const string ContentType = "application/json";

    /// <summary>
    /// Largest body of a request, in bytes (64 KiB). A larger one is quarantined unread, and of it are kept
    /// only its first 4 KiB, its size and its SHA-256.
    /// </summary>
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>
    /// Most bytes the headers of a request may take, names and values (16 KiB), at most 1,000 values. Of more
    /// are kept only those that are small.
    /// </summary>
    public const int MaxHeaderBytes = 16 * 1024;
}
