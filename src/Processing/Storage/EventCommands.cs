using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Storage;

/// <summary>Answers as the rows of <c>reversals.event</c> and <c>reversals.outbox</c>.</summary>
static class EventCommands
{
    /// <summary>The new events; of a duplicate the stored one stands already.</summary>
    internal static NpgsqlBatchCommand InsertEvents(IReadOnlyList<Outcome> fresh, DateTimeOffset now) =>
        new(Sql.InsertEvents)
        {
            Parameters =
            {
                ArrayParameter.Of(NpgsqlDbType.Uuid, fresh, answer => answer.EventId),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Kind),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.ClientId),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.Key),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.PaymentRef),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.Rc),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.Reason),
                ArrayParameter.Of(NpgsqlDbType.Bytea, fresh, answer => answer.Event!.Body),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.TraceParent),
                ArrayParameter.Time(now),
                ArrayParameter.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.CorrelationId),
            },
        };

    /// <summary>One row to publish for each answer; returns its id, and whether it was born leased.</summary>
    internal static NpgsqlBatchCommand InsertOutbox(IReadOnlyList<Outcome> answers) => new(Sql.InsertOutbox)
    {
        Parameters =
        {
            ArrayParameter.Of(NpgsqlDbType.Text, answers, answer => answer.Kind),
            ArrayParameter.Of(NpgsqlDbType.Uuid, answers, answer => answer.EventId),
            ArrayParameter.Of(NpgsqlDbType.Bigint, answers, answer => answer.BillId),
            ArrayParameter.Of(NpgsqlDbType.Boolean, answers, answer => answer.Event is null),
            ArrayParameter.Of(NpgsqlDbType.Uuid, answers, answer => answer.Lease?.Id),
            new NpgsqlParameter<TimeSpan>
            {
                TypedValue = answers.Max(answer => answer.Lease?.Length) ?? TimeSpan.Zero,
                NpgsqlDbType = NpgsqlDbType.Interval,
            },
            ArrayParameter.Of(NpgsqlDbType.Text, answers, answer =>
                answer.Event is null ? answer.Request.CorrelationId : null),
        },
    };
}
