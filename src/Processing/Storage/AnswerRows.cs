using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Storage;

/// <summary>Answers as the rows of <c>reversals.event</c> and <c>reversals.outbox</c>.</summary>
static class AnswerRows
{
    /// <summary>The new events; of a duplicate the stored one stands already.</summary>
    internal static NpgsqlBatchCommand InsertEvents(IReadOnlyList<Answer> fresh, DateTimeOffset now) =>
        new(Sql.InsertEvents)
        {
            Parameters =
            {
                Column.Of(NpgsqlDbType.Uuid, fresh, answer => answer.EventId),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Kind),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.ClientId),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.Key),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.PaymentRef),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.Rc),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Event!.Reason),
                Column.Of(NpgsqlDbType.Bytea, fresh, answer => answer.Event!.Body),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.TraceParent),
                Column.Time(now),
                Column.Of(NpgsqlDbType.Text, fresh, answer => answer.Request.CorrelationId),
            },
        };

    /// <summary>One row to publish for each answer; returns its id, and whether it was born leased.</summary>
    internal static NpgsqlBatchCommand InsertOutbox(IReadOnlyList<Answer> answers) => new(Sql.InsertOutbox)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Text, answers, answer => answer.Kind),
            Column.Of(NpgsqlDbType.Uuid, answers, answer => answer.EventId),
            Column.Of(NpgsqlDbType.Bigint, answers, answer => answer.BillId),
            Column.Of(NpgsqlDbType.Boolean, answers, answer => answer.Event is null),
            Column.Of(NpgsqlDbType.Uuid, answers, answer => answer.Lease?.Id),
            new NpgsqlParameter<TimeSpan>
            {
                TypedValue = answers.Max(answer => answer.Lease?.Length) ?? TimeSpan.Zero,
                NpgsqlDbType = NpgsqlDbType.Interval,
            },
            Column.Of(NpgsqlDbType.Text, answers, answer =>
                answer.Event is null ? answer.Request.CorrelationId : null),
        },
    };
}
