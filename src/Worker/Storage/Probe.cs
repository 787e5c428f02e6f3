using Npgsql;
using NpgsqlTypes;

namespace Reversals.Worker.Storage;

/// <summary>What the requests of a batch name, as the parameters of the statements that look it up.</summary>
static class Probe
{
    /// <summary>A statement over <c>reversals.locate</c>.</summary>
    internal static NpgsqlBatchCommand Command(string sql, IReadOnlyList<ReversalRequest> requests)
    {
        ReversalRequest[] byRef = [.. Readable(requests).Where(request => request.PaymentRef is not null)];
        ReversalRequest[] byOwn = [.. Readable(requests).Where(request => request.PaymentRef is null)];
        ReversalRequest[] byVa = [.. byOwn.Where(request => request.VaNumber is not null)];
        return new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                Column.Of(NpgsqlDbType.Text, byRef, request => request.ClientId),
                Column.Of(NpgsqlDbType.Text, byRef, request => request.PaymentRef),
                Column.Of(NpgsqlDbType.Text, byOwn, request => request.ClientId),
                Column.Of(NpgsqlDbType.Text, byOwn, request => request.ReferenceId),
                Column.Of(NpgsqlDbType.Text, byVa, request => request.ClientId),
                Column.Of(NpgsqlDbType.Text, byVa, request => request.VaNumber),
                Column.Of(NpgsqlDbType.Numeric, byVa, request => request.Amount),
                new NpgsqlParameter<long>
                {
                    TypedValue = requests.Count + 1,
                    NpgsqlDbType = NpgsqlDbType.Bigint,
                },
            },
        };
    }

    /// <summary>A statement over the idempotency keys.</summary>
    internal static NpgsqlBatchCommand Keys(string sql, IReadOnlyList<ReversalRequest> requests)
    {
        ReversalRequest[] keyed = [.. Readable(requests)];
        return new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                Column.Of(NpgsqlDbType.Text, keyed, request => request.ClientId),
                Column.Of(NpgsqlDbType.Text, keyed, request => request.Key),
            },
        };
    }

    /// <summary>A refused request looks nothing up.</summary>
    static IEnumerable<ReversalRequest> Readable(IReadOnlyList<ReversalRequest> requests) =>
        requests.Where(request => request.Refusal is null);
}
