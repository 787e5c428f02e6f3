using System.Text.Json;
using Npgsql;
using Reversals.Contracts;
using Reversals.Operations.Actions;

namespace Reversals.Operations.Queries;

/// <summary>A payment with its bill, without the customer.</summary>
sealed record PaymentState
{
    public required long Id { get; init; }
    public required long BillId { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public string? Channel { get; init; }
    public required decimal Amount { get; init; }
    public required decimal ReversedAmount { get; init; }
    public required DateTime PaidAt { get; init; }
    public required string BillType { get; init; }
    public required string BillStatus { get; init; }
    public required decimal BillTotal { get; init; }
    public required decimal BillPaid { get; init; }
    public required long BillVersion { get; init; }
}

/// <summary>A row of <c>reversals.reversal</c>.</summary>
sealed record AppliedReversal
{
    public required string ClientId { get; init; }
    public required string ReferenceId { get; init; }
    public required long PaymentId { get; init; }
    public required long BillId { get; init; }
    public required decimal Amount { get; init; }
    public required Guid EventId { get; init; }
    public required DateTime ReversedAt { get; init; }
}

/// <summary>An answer; of its body what is nobody's secret.</summary>
sealed record AnswerEvent
{
    public required Guid EventId { get; init; }
    public required string Kind { get; init; }
    public required string ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public required string Rc { get; init; }
    public required string Reason { get; init; }
    public required DateTime OccurredAt { get; init; }
    public string? Message { get; init; }
    public decimal? Amount { get; init; }
    public decimal? Remaining { get; init; }

    /// <summary>Until then the request is remembered; null: it is not.</summary>
    public DateTimeOffset? PendingUntil { get; init; }
}

/// <summary>A request that waits for its payment.</summary>
sealed record PendingRequest
{
    public required long Id { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public decimal? Amount { get; init; }
    public string? Channel { get; init; }
    public required DateTime SentAt { get; init; }
    public required DateTime PendingUntil { get; init; }
}

/// <summary>All that is known of a name, each list capped at <see cref="ReferenceSearch.Most"/>.</summary>
sealed record ReferenceHistory
{
    /// <summary>What was asked for.</summary>
    public required string Sought { get; init; }

    public IReadOnlyList<PaymentState> Payments { get; init; } = [];
    public IReadOnlyList<AppliedReversal> Reversals { get; init; } = [];
    public IReadOnlyList<AnswerEvent> Answers { get; init; } = [];
    public IReadOnlyList<WaitingEvent> Waiting { get; init; } = [];
    public IReadOnlyList<QuarantineEntry> Quarantined { get; init; } = [];
    public IReadOnlyList<PendingRequest> Pending { get; init; } = [];

    /// <summary>Nothing at all.</summary>
    public bool IsEmpty => Payments.Count + Reversals.Count + Answers.Count + Quarantined.Count
        + Pending.Count == 0;

    /// <summary>The same in the order in which it happened.</summary>
    public IReadOnlyList<TimelineEntry> Timeline => TimelineEntry.Of(this);
}

/// <summary>
/// Finds what is known of a reference_id, a payment_ref or an event_id, whoever's it is; each by an index.
/// </summary>
sealed class ReferenceSearch(NpgsqlDataSource database)
{
    /// <summary>Most rows of each sort.</summary>
    internal const int Most = 100;

    /// <summary>A reference has at most 64 characters, with the prefix of a derived key a few more.</summary>
    internal const int Longest = 128;

    /// <summary>For people who want to know where nothing was found.</summary>
    internal const string Searched =
        "payments (payment_ref, reference_id), reversals (reference_id), events (reference_id, payment_ref, "
        + "event_id), requests that wait for their payment, and what quarantined messages name";

    internal async Task<ReferenceHistory> FindAsync(string sought, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var (name, eventId) = (sought.Trim(), (Guid?)null);
        if (Guid.TryParse(name, out var id)
            && (await Query.ReadAsync<Subject>(connection, "show_event", stop, Query.Id(id)))
                .SingleOrDefault() is { } subject)
        {
            // All that happened under the event's own name is its story too.
            (name, eventId) = (subject.ReferenceId ?? subject.PaymentRef ?? name, id);
        }

        var reversals = await Query.ReadAsync<AppliedReversal>(
            connection, "show_reversals", stop, Query.Text(name), Query.Number(Most));
        var answers = reversals.ConvertAll(one => one.EventId);
        answers.AddRange(eventId is { } own ? [own] : []);
        var events = await Query.ReadAsync<StoredAnswer>(
            connection, "show_events", stop,
            Query.Text(name), Query.Ids(answers), Query.Number(Most));
        return new ReferenceHistory
        {
            Sought = sought,
            Reversals = reversals,
            Answers = [.. events.Select(one => one.ToAnswer())],
            Payments = await Query.ReadAsync<PaymentState>(
                connection, "show_payments", stop, Query.Text(name),
                Query.Ids([.. reversals.Select(reversal => reversal.PaymentId)]), Query.Number(Most)),
            Waiting = await Query.ReadAsync<WaitingEvent>(
                connection, "show_outbox", stop,
                Query.Ids([.. events.Select(one => one.EventId)])),
            Quarantined = await Query.ReadAsync<QuarantineEntry>(
                connection, "show_quarantine", stop, Query.Text(name), Query.Number(Most)),
            Pending = await Query.ReadAsync<PendingRequest>(
                connection, "show_pending", stop, Query.Text(name), Query.Number(Most)),
        };
    }

    sealed record Subject
    {
        public required string ClientId { get; init; }
        public string? ReferenceId { get; init; }
        public string? PaymentRef { get; init; }
    }

    sealed record StoredAnswer
    {
        public required Guid EventId { get; init; }
        public required string Kind { get; init; }
        public required string ClientId { get; init; }
        public string? ReferenceId { get; init; }
        public string? PaymentRef { get; init; }
        public required string Rc { get; init; }
        public required string Reason { get; init; }
        public required DateTime OccurredAt { get; init; }
        public required byte[] Body { get; init; }

        internal AnswerEvent ToAnswer()
        {
            var told = Told();
            return new AnswerEvent
            {
                EventId = EventId,
                Kind = Kind,
                ClientId = ClientId,
                ReferenceId = ReferenceId,
                PaymentRef = PaymentRef,
                Rc = Rc,
                Reason = Reason,
                OccurredAt = OccurredAt,
                Message = told?.Message,
                Amount = told?.Amount,
                Remaining = told?.Remaining,
                PendingUntil = (told as ReversalRejected)?.PendingUntil,
            };
        }

        /// <summary>Null when somebody changed what the worker wrote; the rest is still to be seen.</summary>
        ReversalEvent? Told()
        {
            try
            {
                return Kind is PaymentReversed.Kind
                    ? JsonSerializer.Deserialize(Body, WireJson.Instance.PaymentReversed)
                    : JsonSerializer.Deserialize(Body, WireJson.Instance.ReversalRejected);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
