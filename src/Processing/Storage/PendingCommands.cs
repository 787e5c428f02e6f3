using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>What a commit reads and changes of the requests that wait for their payment.</summary>
static class PendingCommands
{
    /// <summary>Of these requests, those that still wait are locked and listed.</summary>
    internal static NpgsqlBatchCommand Lock(IReadOnlyList<long> ids) =>
        new(Sql.LockPending) { Parameters = { Parameter.Bigints(ids) } };

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
                Parameters = { Parameter.Bigints(ended) },
            });
        }
    }

    /// <summary>They are to be decided again when their payment appears.</summary>
    static NpgsqlBatchCommand Remember(IReadOnlyList<Outcome> waiting) => new(Sql.InsertPending)
    {
        Parameters =
        {
            Parameter.Texts(waiting, one => one.Request.ClientId),
            Parameter.Texts(waiting, one => one.Request.Key),
            Parameter.Byteas(waiting, one => one.Request.ContentHash()),
            Parameter.Texts(waiting, one => one.Request.PaymentRef),
            Parameter.Texts(waiting, one => one.Request.ReferenceId),
            Parameter.Numerics(waiting, one => one.Request.Amount),
            Parameter.Texts(waiting, one => one.Request.VaNumber),
            Parameter.Texts(waiting, one => one.Request.Prefix),
            Parameter.Texts(waiting, one => one.Request.Channel),
            Parameter.Texts(waiting, one => one.Request.TraceParent),
            Parameter.Texts(waiting, one => one.Request.CorrelationId),
            Parameter.Times(waiting, one => one.Request.SentAt.UtcDateTime),
            Parameter.Times(waiting, one => one.PendingUntil!.Value.UtcDateTime),
            Parameter.Times(waiting, one => one.Request.ReceivedAt.UtcDateTime),
            Parameter.Byteas(waiting, one => one.Request.Delivery?.Hash()),
        },
    };

    static NpgsqlBatchCommand Keyed(string sql, IReadOnlyList<ReversalRequest> requests) => new(sql)
    {
        Parameters =
        {
            Parameter.Texts(requests, request => request.ClientId),
            Parameter.Texts(requests, request => request.Key),
            Parameter.Byteas(requests, request => request.ContentHash()),
        },
    };
}
