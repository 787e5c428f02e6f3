using System.Text.Json;
using Reversals.Contracts;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Queries;

/// <summary>
/// Finds what is known of a reference_id, a payment_ref or an event_id, of any client; each by an index.
/// </summary>
sealed class ReferenceSearch(PostgresServers database)
{
    /// <summary>Most rows of each sort.</summary>
    internal const int Most = 100;

    /// <summary>A reference has at most 64 characters, with the prefix of a derived key a few more.</summary>
    internal const int Longest = 128;

    /// <summary>For people who want to know where nothing was found.</summary>
    internal const string Searched =
        "payments (payment_ref, reference_id), reversals (reference_id), events (reference_id, payment_ref, "
        + "event_id), requests that wait for their payment, and what quarantined messages name";

    internal async Task<ReferenceHistory> FindAsync(string query, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var (name, eventId) = (query.Trim(), (Guid?)null);
        if (Guid.TryParse(name, out var id)
            && (await Query.ReadAsync<Subject>(connection, "show_event", stop, Parameter.Uuid(id)))
                .SingleOrDefault() is { } subject)
        {
            // Show all that happened under the name in the event, not this event alone.
            (name, eventId) = (subject.ReferenceId ?? subject.PaymentRef ?? name, id);
        }

        var reversals = await Query.ReadAsync<AppliedReversal>(
            connection, "show_reversals", stop, Parameter.Text(name), Parameter.Integer(Most));
        var eventIds = reversals.ConvertAll(one => one.EventId);
        eventIds.AddRange(eventId is { } own ? [own] : []);
        var events = await Query.ReadAsync<StoredEvent>(
            connection, "show_events", stop,
            Parameter.Text(name), Parameter.Uuids(eventIds), Parameter.Integer(Most));
        var rejected = events.FindAll(one => one.Kind is ReversalRejected.Kind);
        return new ReferenceHistory
        {
            Query = query,
            Earlier = await Query.ReadAsync<EarlierReversal>(
                connection, "show_earlier", stop,
                Parameter.Texts(rejected, one => one.ClientId),
                Parameter.Texts(rejected, one => one.PaymentRef),
                Parameter.Texts(rejected, one => one.ReferenceId), Parameter.Integer(Most)),
            Reversals = reversals,
            Events = [.. events.Select(one => one.ToDecision())],
            Payments = await Query.ReadAsync<PaymentState>(
                connection, "show_payments", stop, Parameter.Text(name),
                Parameter.Bigints([.. reversals.Select(reversal => reversal.PaymentId)]),
                Parameter.Integer(Most)),
            Waiting = await Query.ReadAsync<WaitingEvent>(
                connection, "show_outbox", stop,
                Parameter.Uuids([.. events.Select(one => one.EventId)])),
            Quarantined = await Query.ReadAsync<QuarantineEntry>(
                connection, "show_quarantine", stop, Parameter.Text(name), Parameter.Integer(Most)),
            Pending = await Query.ReadAsync<PendingRequest>(
                connection, "show_pending", stop, Parameter.Text(name), Parameter.Integer(Most)),
        };
    }

    sealed record Subject
    {
        public required string ClientId { get; init; }
        public string? ReferenceId { get; init; }
        public string? PaymentRef { get; init; }
    }

    sealed record StoredEvent : DecisionEvent
    {
        public required byte[] Body { get; init; }

        internal StoredEvent ToDecision() => Content() is not { } content ? this : this with
        {
            Message = content.Message,
            Amount = content.Amount,
            Remaining = content.Remaining,
            PendingUntil = (content as ReversalRejected)?.PendingUntil,
        };

        /// <summary>Null when somebody changed the stored bytes.</summary>
        ReversalEvent? Content()
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
