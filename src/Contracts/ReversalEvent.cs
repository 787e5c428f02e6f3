using System.Text.Json.Serialization;

namespace Reversals.Contracts;

/// <summary>The answer to one request: the page's 200 answer and what a subscriber needs besides.</summary>
public abstract record ReversalEvent
{
    private protected ReversalEvent(string eventName) => EventName = eventName;

    /// <summary>Published result code, see <see cref="Contracts.Rc"/>.</summary>
    [JsonPropertyOrder(-9)] public required string Rc { get; init; }

    /// <summary>Short English for people; branch on <see cref="Rc"/> or <see cref="Reason"/>.</summary>
    [JsonPropertyOrder(-8)] public required string Message { get; init; }

    /// <summary>When it was decided.</summary>
    [JsonPropertyOrder(-7)] public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The bill after the decision; null when no bill of the client's was found.</summary>
    [JsonPropertyOrder(-6)] public Payment? Data { get; init; }

    /// <summary><c>payment.reversal</c> or <c>payment.reversal.rejected</c>.</summary>
    [JsonPropertyOrder(-5), JsonPropertyName("event")] public string EventName { get; }

    /// <summary>UUIDv7 of this answer; the same again when a duplicate is answered. Dedupe on it.</summary>
    [JsonPropertyOrder(-4)] public required Guid EventId { get; init; }

    /// <summary>The client that asked.</summary>
    [JsonPropertyOrder(-3)] public required string ClientId { get; init; }

    /// <summary>
    /// The idempotency key: the request's reference_id, or <c>payment_ref:</c> and its payment_ref when it
    /// gave none; null when the body could not be read.
    /// </summary>
    [JsonPropertyOrder(-2)] public string? ReferenceId { get; init; }

    /// <summary>The channel's reference of the payment, or what the request gave; null: neither.</summary>
    [JsonPropertyOrder(-1)] public string? PaymentRef { get; init; }

    /// <summary>The amount taken; in a rejection the amount asked for, null when none was given.</summary>
    public decimal? Amount { get; init; }

    /// <summary>What is left to reverse of the payment; null when no payment was found.</summary>
    public decimal? Remaining { get; init; }

    /// <summary>Finer than <see cref="Rc"/>, see <see cref="Contracts.Reason"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>
    /// Increases with each change of the bill, so that a stale snapshot can be dropped; null without a bill.
    /// </summary>
    public long? BillVersion { get; init; }
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
    [JsonPropertyOrder(1)] public DateTimeOffset? PendingUntil { get; init; }
}
