using Reversals.Contracts;

namespace Reversals.Processing.Storage;

/// <summary>A message kept for people: nothing of it was applied.</summary>
sealed record QuarantinedMessage
{
    /// <summary>Every cause: the codes of reasons, and that the client is paused.</summary>
    internal static readonly IReadOnlyList<string> Causes =
        [.. Reason.Causes.Select(reason => reason.Code), Pause.Cause];

    /// <summary>One of <see cref="Causes"/>.</summary>
    public required string Cause { get; init; }

    /// <summary>What exactly was wrong, without secrets.</summary>
    public required string Detail { get; init; }

    /// <summary>The configured client that the message names, or <c>unknown</c>.</summary>
    public required string Client { get; init; }

    /// <summary>The Client-Id header as it came; not to be trusted.</summary>
    public string? ClientId { get; init; }

    /// <summary>The Signature header as it came.</summary>
    public string? Signature { get; init; }

    /// <summary>All headers but the secret ones, as a JSON object.</summary>
    public required string Headers { get; init; }

    /// <summary>The exact bytes; of a body that is too large only the head.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Bytes of the body of which only the head is kept; null: it is whole.</summary>
    public long? BodySize { get; init; }

    /// <summary>SHA-256 of the body of which only the head is kept; null: it is whole.</summary>
    public byte[]? BodyHash { get; init; }

    /// <summary>32 bytes, the same for every copy of the message.</summary>
    public required byte[] Fingerprint { get; init; }

    /// <summary>Its sender was proved by the signature: it is kept however full the quarantine is.</summary>
    public bool IsAuthentic { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>AMQP correlation-id; a replay sends it again, so that its answer carries it.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>AMQP message-id, of what a paused client sends; null: none, or nobody asks for it.</summary>
    public string? MessageId { get; init; }

    /// <summary>
    /// For an authenticated request the event that says so, in the same commit; null: nobody is known.
    /// </summary>
    public Outcome? Outcome { get; init; }
}
