using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Storage;

/// <summary>What a commit reads and changes of the requests that wait for their payment.</summary>
static class PendingCommands
{
    /// <summary>Of these requests, those that still wait are locked and listed.</summary>
    internal static NpgsqlBatchCommand Lock(IReadOnlyList<long> ids) =>
        new(Sql.LockPending) { Parameters = { Ids(ids) } };

    /// <summary>Which of these requests wait already: client, key and hash.</summary>
    internal static NpgsqlBatchCommand Waiting(IReadOnlyList<ReversalRequest> requests) =>
        Keyed(Sql.FindPending, requests);

    /// <summary>What the outcomes of a commit change about who waits.</summary>
    internal static void AddTo(
        NpgsqlBatch batch, IReadOnlyList<Outcome> outcomes, IReadOnlyList<long> ended)
    {
        // The same request twice in one batch is one row, and who asked last decides; it means what was paid
        // by the time of the latest.
        Outcome[] last =
        [
            .. outcomes.Where(outcome => outcome.PendingUntil is not null || outcome.EndsPending)
                .GroupBy(outcome => (
                    outcome.Request.ClientId, outcome.Request.Key,
                    Convert.ToHexString(outcome.Request.ContentHash())))
                .Select(same => same.Last() with
                {
                    Request = same.Last().Request with { SentAt = same.Max(one => one.Request.SentAt) },
                }),
        ];
        Outcome[] waiting = [.. last.Where(outcome => outcome.PendingUntil is not null)];
        if (waiting.Length > 0)
        {
            batch.BatchCommands.Add(Remember(waiting));
        }

        if (waiting.Length < last.Length)
        {
            batch.BatchCommands.Add(Keyed(Sql.WithdrawPending,
                [.. last.Where(outcome => outcome.PendingUntil is null).Select(outcome => outcome.Request)]));
        }

        if (ended.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.DeletePending)
            {
                Parameters = { Ids(ended) },
            });
        }
    }

    internal static NpgsqlParameter Ids(IReadOnlyList<long> ids) =>
        ArrayParameter.Of(NpgsqlDbType.Bigint, ids, id => id);

    /// <summary>They are to be decided again when their payment appears.</summary>
    static NpgsqlBatchCommand Remember(IReadOnlyList<Outcome> waiting) => new(Sql.InsertPending)
    {
        Parameters =
        {
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.ClientId),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.Key),
            ArrayParameter.Of(NpgsqlDbType.Bytea, waiting, one => one.Request.ContentHash()),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.PaymentRef),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.ReferenceId),
            ArrayParameter.Of(NpgsqlDbType.Numeric, waiting, one => one.Request.Amount),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.VaNumber),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.Prefix),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.Channel),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.TraceParent),
            ArrayParameter.Of(NpgsqlDbType.Text, waiting, one => one.Request.CorrelationId),
            ArrayParameter.Of(NpgsqlDbType.TimestampTz, waiting, one => one.Request.SentAt.UtcDateTime),
            ArrayParameter.Of(NpgsqlDbType.TimestampTz, waiting, one => one.PendingUntil!.Value.UtcDateTime),
            ArrayParameter.Of(NpgsqlDbType.TimestampTz, waiting, one => one.Request.ReceivedAt.UtcDateTime),
        },
    };

    static NpgsqlBatchCommand Keyed(string sql, IReadOnlyList<ReversalRequest> requests) => new(sql)
    {
        Parameters =
        {
            ArrayParameter.Of(NpgsqlDbType.Text, requests, request => request.ClientId),
            ArrayParameter.Of(NpgsqlDbType.Text, requests, request => request.Key),
            ArrayParameter.Of(NpgsqlDbType.Bytea, requests, request => request.ContentHash()),
        },
    };
}
