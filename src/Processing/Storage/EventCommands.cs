using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Storage;

/// <summary>Outcomes as the rows of <c>reversals.event</c> and <c>reversals.outbox</c>.</summary>
static class EventCommands
{
    /// <summary>The new events; of a duplicate the stored one stands already.</summary>
    internal static NpgsqlBatchCommand InsertEvents(IReadOnlyList<Outcome> fresh, DateTimeOffset now) =>
        new(Sql.InsertEvents)
        {
            Parameters =
            {
                ArrayParameter.Of(NpgsqlDbType.Uuid, fresh, outcome => outcome.EventId),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Kind),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Request.ClientId),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Request.Key),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Event!.PaymentRef),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Event!.Rc),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Event!.Reason),
                ArrayParameter.Of(NpgsqlDbType.Bytea, fresh, outcome => outcome.Event!.Body),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Request.TraceParent),
                ArrayParameter.Time(now),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, outcome => outcome.Request.CorrelationId),
            },
        };

    /// <summary>One row to publish for each outcome; returns its id, and whether it has a lease.</summary>
    internal static NpgsqlBatchCommand InsertOutbox(IReadOnlyList<Outcome> outcomes) => new(Sql.InsertOutbox)
    {
        Parameters =
        {
            ArrayParameter.Of(NpgsqlDbType.Text, outcomes, outcome => outcome.Kind),
            ArrayParameter.Of(NpgsqlDbType.Uuid, outcomes, outcome => outcome.EventId),
            ArrayParameter.Of(NpgsqlDbType.Bigint, outcomes, outcome => outcome.BillId),
            ArrayParameter.Of(NpgsqlDbType.Boolean, outcomes, outcome => outcome.Event is null),
            ArrayParameter.Of(NpgsqlDbType.Uuid, outcomes, outcome => outcome.Lease?.Id),
            new NpgsqlParameter<TimeSpan>
            {
                TypedValue = outcomes.Max(outcome => outcome.Lease?.Length) ?? TimeSpan.Zero,
                NpgsqlDbType = NpgsqlDbType.Interval,
            },
            ArrayParameter.Of(NpgsqlDbType.Text, outcomes, outcome =>
                outcome.Event is null ? outcome.Request.CorrelationId : null),
        },
    };
}
