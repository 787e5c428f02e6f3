using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Processing.Storage;

/// <summary>What one request comes to, ready to be saved.</summary>
sealed record Outcome
{
    /// <summary>The event to publish: a new one, or the stored one for a duplicate.</summary>
    public required Guid EventId { get; init; }

    /// <summary>Kind of the event, which is also the relay that publishes it.</summary>
    public required string Kind { get; init; }

    /// <summary>The bill whose events keep their order; null: no bill.</summary>
    public long? BillId { get; init; }

    /// <summary>The new event's row; null when the stored event is published again.</summary>
    public EventRow? Event { get; init; }

    /// <summary>What was applied; null when nothing was.</summary>
    public Applied? Applied { get; init; }

    /// <summary>The relay that is to publish the event at once; null: whoever claims it.</summary>
    public Lease? Lease { get; init; }

    /// <summary>The request.</summary>
    public required ReversalRequest Request { get; init; }

    /// <summary>Until when the request is pending; null: it is not.</summary>
    public DateTimeOffset? PendingUntil { get; init; }

    /// <summary>
    /// The last word at once, because the request said that it does not wait: nor does what an earlier
    /// delivery left.
    /// </summary>
    internal bool EndsPending => PendingUntil is null && Request.PendingFor == TimeSpan.Zero
        && Request.Pending is null
        && string.Equals(Event?.Reason, Reason.PaymentNotFound.Code, StringComparison.Ordinal);

    /// <summary>
    /// By which a later delivery of the message finds this event; null: it is decided again. What was applied
    /// has its key, what waits has its row, and an INTERNAL_ERROR is no rejection that could be repeated.
    /// </summary>
    internal byte[]? MessageHash => Applied is null && PendingUntil is null && Event is { Reason: var reason }
        && !string.Equals(reason, Reason.InternalError.Code, StringComparison.Ordinal)
            ? Request.Delivery?.Hash()
            : null;

    /// <summary>What a decision means for the tables; <see cref="NoEvent"/> means nothing.</summary>
    internal static Outcome Of(ReversalDecision decision, ReversalRequest request, DateTimeOffset now) =>
        decision switch
        {
            Applied applied => Of(applied, request, EventIds.For(request, applied.Payment), now),
            Rejected rejected => Of(rejected, request, Guid.CreateVersion7(now), now),
            Duplicate { Reversal: var stored } => new Outcome
            {
                Kind = PaymentReversed.Kind,
                EventId = stored.EventId,
                BillId = stored.BillId,
                Request = request,
            },
            ToldBefore told => new Outcome
            {
                Kind = ReversalRejected.Kind, EventId = told.EventId, BillId = told.BillId, Request = request,
            },
            _ => throw new ArgumentException($"{decision.GetType().Name} has no event", nameof(decision)),
        };

    /// <summary>The request fails for a reason that is not its sender's; it is quarantined.</summary>
    internal static Outcome InternalError(ReversalRequest request, DateTimeOffset now) =>
        Of(new Rejected { Rejection = Rejection.For(Contracts.Reason.InternalError) }, request, now);

    static Outcome Of(Applied applied, ReversalRequest request, Guid eventId, DateTimeOffset now)
    {
        var reversed = EventFactory.For(applied, request, eventId, now);
        return new Outcome
        {
            Kind = reversed.EventName,
            EventId = eventId,
            BillId = applied.Bill.Id,
            Applied = applied,
            Request = request,
            Event = EventRow.Of(reversed,
                JsonSerializer.SerializeToUtf8Bytes(reversed, WireJson.Instance.PaymentReversed)),
        };
    }

    static Outcome Of(Rejected rejected, ReversalRequest request, Guid eventId, DateTimeOffset now)
    {
        var rejection = EventFactory.For(rejected, request, eventId, now);
        return new Outcome
        {
            Kind = rejection.EventName,
            EventId = eventId,
            BillId = rejected.Bill?.Id,
            Request = request,
            PendingUntil = rejected.PendingUntil,
            Event = EventRow.Of(rejection,
                JsonSerializer.SerializeToUtf8Bytes(rejection, WireJson.Instance.ReversalRejected)),
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

/// <summary>An outcome whose row was born with the lease of this worker's relay.</summary>
readonly record struct LeasedOutcome(Outcome Outcome, OutboxRow Row);

/// <summary>What is kept of an event besides its id.</summary>
sealed record EventRow
{
    public required string Rc { get; init; }
    public required string Reason { get; init; }
    public string? PaymentRef { get; init; }
    public required byte[] Body { get; init; }

    internal static EventRow Of(ReversalEvent @event, byte[] body) => new()
    {
        Rc = @event.Rc,
        Reason = @event.Reason,
        PaymentRef = @event.PaymentRef,
        Body = body,
    };
}
