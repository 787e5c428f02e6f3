using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Processing.Storage;

/// <summary>The answer to one request, ready to be saved.</summary>
sealed record Outcome
{
    /// <summary>The event to publish: a new one, or the stored one that answers a duplicate.</summary>
    public required Guid EventId { get; init; }

    /// <summary>Kind of the event, which is also the relay that publishes it.</summary>
    public required string Kind { get; init; }

    /// <summary>The bill whose events keep their order; null: no bill.</summary>
    public long? BillId { get; init; }

    /// <summary>The new event's row; null when a stored event answers again.</summary>
    public EventRow? Event { get; init; }

    /// <summary>What was applied; null when nothing was.</summary>
    public Applied? Applied { get; init; }

    /// <summary>The relay that is to publish the event at once; null: whoever claims it.</summary>
    public Lease? Lease { get; init; }

    /// <summary>The request that is answered.</summary>
    public required ReversalRequest Request { get; init; }

    /// <summary>Until when the request is remembered; null: it is not.</summary>
    public DateTimeOffset? PendingUntil { get; init; }

    /// <summary>
    /// The last word at once, because the request said that it does not wait: nor does what an earlier
    /// delivery of it left.
    /// </summary>
    internal bool EndsPending => PendingUntil is null && Request.PendingFor == TimeSpan.Zero
        && Request.Pending is null
        && string.Equals(Event?.Reason, Reason.PaymentNotFound.Code, StringComparison.Ordinal);

    /// <summary>The rejection of a request.</summary>
    internal static Outcome To(
        Rejected rejected, ReversalRequest request, Guid eventId, DateTimeOffset now)
    {
        var refusal = EventFactory.For(rejected, request, eventId, now);
        return new Outcome
        {
            Kind = refusal.EventName,
            EventId = eventId,
            BillId = rejected.Bill?.Id,
            Request = request,
            PendingUntil = rejected.PendingUntil,
            Event = EventRow.Of(refusal,
                JsonSerializer.SerializeToUtf8Bytes(refusal, WireJson.Instance.ReversalRejected)),
        };
    }

    /// <summary>The new event as its row in the outbox.</summary>
    internal OutboxRow ToRow(long id) => new()
    {
        Id = id,
        EventId = EventId,
        BillId = BillId,
        Replayed = false,
        ClientId = Request.ClientId,
        Body = Event!.Body,
        TraceParent = Request.TraceParent,
        CorrelationId = Request.CorrelationId,
        Since = Request.ReceivedAt.UtcDateTime,
    };
}

/// <summary>What of an event is kept besides its id.</summary>
sealed record EventRow
{
    public required string Rc { get; init; }
    public required string Reason { get; init; }
    public string? PaymentRef { get; init; }
    public required byte[] Body { get; init; }

    internal static EventRow Of(ReversalEvent answer, byte[] body) => new()
    {
        Rc = answer.Rc,
        Reason = answer.Reason,
        PaymentRef = answer.PaymentRef,
        Body = body,
    };
}
