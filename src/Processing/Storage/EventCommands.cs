using Npgsql;
using Reversals.Processing.Postgres;

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
                Parameter.Uuids(fresh, outcome => outcome.EventId),
                Parameter.Texts(fresh, outcome => outcome.Kind),
                Parameter.Texts(fresh, outcome => outcome.Request.ClientId),
                Parameter.Texts(fresh, outcome => outcome.Request.Key),
                Parameter.Texts(fresh, outcome => outcome.Event!.PaymentRef),
                Parameter.Texts(fresh, outcome => outcome.Event!.Rc),
                Parameter.Texts(fresh, outcome => outcome.Event!.Reason),
                Parameter.Byteas(fresh, outcome => outcome.Event!.Body),
                Parameter.Texts(fresh, outcome => outcome.Request.TraceParent),
                Parameter.Time(now),
                Parameter.Texts(fresh, outcome => outcome.Request.CorrelationId),
                Parameter.Byteas(fresh, outcome => outcome.MessageHash),
            },
        };

    /// <summary>One row to publish for each outcome; returns its id, and whether it has a lease.</summary>
    internal static NpgsqlBatchCommand InsertOutbox(IReadOnlyList<Outcome> outcomes) => new(Sql.InsertOutbox)
    {
        Parameters =
        {
            Parameter.Texts(outcomes, outcome => outcome.Kind),
            Parameter.Uuids(outcomes, outcome => outcome.EventId),
            Parameter.Bigints(outcomes, outcome => outcome.BillId),
            Parameter.Booleans(outcomes, outcome => outcome.Event is null),
            Parameter.Uuids(outcomes, outcome => outcome.Lease?.Id),
            Parameter.Interval(outcomes.Max(outcome => outcome.Lease?.Length) ?? TimeSpan.Zero),
            Parameter.Texts(outcomes, outcome =>
                outcome.Event is null ? outcome.Request.CorrelationId : null),
        },
    };
}
