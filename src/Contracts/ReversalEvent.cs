using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Reversals.Contracts;

/// <summary>
/// What was decided about one request: the specification's 200 answer and what a subscriber needs besides.
/// </summary>
public abstract record ReversalEvent
{
    readonly string _kind;

    private protected ReversalEvent(string kind) => _kind = kind;

    /// <summary>Published result code, see <see cref="Contracts.Rc"/>.</summary>
    [JsonPropertyOrder(-9), JsonPropertyName("rc")]
    public required string Rc { get; init; }

    /// <summary>Short English for people; branch on <see cref="Rc"/> or <see cref="Reason"/>.</summary>
    [JsonPropertyOrder(-8), JsonPropertyName("message")]
    public required string Message { get; init; }

    /// <summary>When it was decided.</summary>
    [JsonPropertyOrder(-7), JsonPropertyName("timestamp"), JsonConverter(typeof(TimeConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The bill after the decision; null when no bill of the client's was found.</summary>
    [JsonPropertyOrder(-6), JsonPropertyName("data")]
    public Payment? Data { get; init; }

    /// <summary>
    /// <c>payment.reversal</c> or <c>payment.reversal.rejected</c>: which of the two types this is. Reading
    /// one as the other throws, so a rejection is never taken for a reversal.
    /// </summary>
    /// <exception cref="JsonException">The value names the other type.</exception>
    [JsonPropertyOrder(-5), JsonPropertyName("event")]
    public string EventName
    {
        get => _kind;
        init
        {
            if (value is not null && !string.Equals(value, _kind, StringComparison.Ordinal))
            {
                throw new JsonException($"This is a {value}, not a {_kind}. "
                    + $"{nameof(ReversalEvent)}.{nameof(Read)} picks the type.");
            }
        }
    }

    /// <summary>
    /// UUID of this answer; the same again when a duplicate is answered. Dedupe on it. Of a reversal it is
    /// version 8, made of the payment's time and the request, so that even restored books give it again; of a
    /// rejection version 7.
    /// </summary>
    [JsonPropertyOrder(-4), JsonPropertyName("event_id")]
    public required Guid EventId { get; init; }

    /// <summary>The client that asked.</summary>
    [JsonPropertyOrder(-3), JsonPropertyName("client_id")]
    public required string ClientId { get; init; }

    /// <summary>
    /// The idempotency key: the request's reference_id, or <c>payment_ref:</c> and its payment_ref when it
    /// gave none; null when the body could not be read.
    /// </summary>
    [JsonPropertyOrder(-2), JsonPropertyName("reference_id")]
    public string? ReferenceId { get; init; }

    /// <summary>The channel's reference of the payment, or what the request gave; null: neither.</summary>
    [JsonPropertyOrder(-1), JsonPropertyName("payment_ref")]
    public string? PaymentRef { get; init; }

    /// <summary>The amount taken; in a rejection the amount asked for, null when none was given.</summary>
    [JsonPropertyName("amount"), JsonConverter(typeof(AmountConverter))]
    public decimal? Amount { get; init; }

    /// <summary>What is left to reverse of the payment; null when no payment was found.</summary>
    [JsonPropertyName("remaining"), JsonConverter(typeof(AmountConverter))]
    public decimal? Remaining { get; init; }

    /// <summary>Finer than <see cref="Rc"/>, see <see cref="Contracts.Reason"/>.</summary>
    [JsonPropertyName("reason")]
    public required string Reason { get; init; }

    /// <summary>
    /// Increases with each change of the bill, so that a stale snapshot can be dropped; null without a bill.
    /// </summary>
    [JsonPropertyName("bill_version")]
    public long? BillVersion { get; init; }

    /// <summary>Reads the body of an event; its field <c>event</c> picks the type.</summary>
    /// <param name="body">The exact bytes that were received.</param>
    /// <returns><see cref="PaymentReversed"/> or <see cref="ReversalRejected"/>.</returns>
    /// <exception cref="JsonException">It is not JSON, not one of the two, or lacks a field.</exception>
    public static ReversalEvent Read(ReadOnlySpan<byte> body) => KindOf(body) switch
    {
        PaymentReversed.Kind => JsonSerializer.Deserialize(body, WireJson.Instance.PaymentReversed)!,
        ReversalRejected.Kind => JsonSerializer.Deserialize(body, WireJson.Instance.ReversalRejected)!,
        null => throw new JsonException("The field \"event\" is missing: this is no event of the worker."),
        var other => throw new JsonException($"The event \"{other}\" is not known to this version."),
    };

    /// <summary>Reads the body of an event after checking who made it.</summary>
    /// <param name="body">The exact bytes that were received.</param>
    /// <param name="signature">The value of the <see cref="Wire.SignatureHeader"/> header.</param>
    /// <param name="keys">The worker's signing key; during a rotation both.</param>
    /// <returns><see cref="PaymentReversed"/> or <see cref="ReversalRejected"/>.</returns>
    /// <exception cref="InvalidDataException">No key fits: the worker did not make this event.</exception>
    /// <exception cref="JsonException">As for <see cref="Read"/>.</exception>
    public static ReversalEvent ReadSigned(
        ReadOnlySpan<byte> body, string? signature, params string[] keys) =>
        ReadSigned(body, new EventSignatures(signature, Next: null), keys);

    /// <summary>
    /// Reads the body of an event after checking who made it, also by the second signature that it has while
    /// the worker's key is being changed: so the old key alone is enough, and the new one alone.
    /// </summary>
    /// <param name="body">The exact bytes that were received.</param>
    /// <param name="signatures">The values of the headers of the event.</param>
    /// <param name="keys">The worker's signing key, or several.</param>
    /// <returns><see cref="PaymentReversed"/> or <see cref="ReversalRejected"/>.</returns>
    /// <exception cref="InvalidDataException">No key fits: the worker did not make this event.</exception>
    /// <exception cref="JsonException">As for <see cref="Read"/>.</exception>
    public static ReversalEvent ReadSigned(
        ReadOnlySpan<byte> body, EventSignatures signatures, params string[] keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys)
        {
            var bytes = Encoding.UTF8.GetBytes(key);
            if (Contracts.Signature.Verify(body, bytes, signatures.Signature)
                || Contracts.Signature.Verify(body, bytes, signatures.Next))
            {
                return Read(body);
            }
        }

        throw new InvalidDataException(
            $"The header {Wire.SignatureHeader} is missing or fits none of the {keys.Length} keys: "
            + "the worker did not make this event. Do not use it.");
    }

    /// <summary>The field <c>event</c>; null when there is none. The last of several counts.</summary>
    static string? KindOf(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = WireJson.MaxDepth });
        string? kind = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                var isKind = reader.ValueTextEquals("event"u8);
                reader.Read();
                kind = isKind && reader.TokenType == JsonTokenType.String ? reader.GetString() : kind;
                reader.Skip();
            }
        }

        return kind;
    }
}

/// <summary>A reversal was applied. Exchange <see cref="Wire.PaymentReversedExchange"/>.</summary>
public sealed record PaymentReversed : ReversalEvent
{
    /// <summary>An event whose fields are still to be set.</summary>
    public PaymentReversed()
        : base(Kind)
    {
    }

    /// <summary>The value of <see cref="ReversalEvent.EventName"/>.</summary>
    public const string Kind = "payment.reversal";
}

/// <summary>
/// A request was refused and changed nothing. Exchange <see cref="Wire.ReversalRejectedExchange"/>.
/// </summary>
public sealed record ReversalRejected : ReversalEvent
{
    /// <summary>An event whose fields are still to be set.</summary>
    public ReversalRejected()
        : base(Kind)
    {
    }

    /// <summary>The value of <see cref="ReversalEvent.EventName"/>.</summary>
    public const string Kind = "payment.reversal.rejected";

    /// <summary>
    /// Until then the request is remembered: when its payment appears it is applied after all, and
    /// <see cref="PaymentReversed"/> follows; otherwise a last rejection. Null: this is the last word.
    /// </summary>
    [JsonPropertyOrder(1), JsonPropertyName("pending_until"), JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? PendingUntil { get; init; }
}
