using Npgsql;
using NpgsqlTypes;

namespace Reversals.Worker.Storage;

/// <summary>What the requests of a batch name, as the parameters of the statements that look it up.</summary>
sealed class Probe
{
    readonly ReversalRequest[] _readable;
    readonly ReversalRequest[] _byRef;
    readonly ReversalRequest[] _byOwn;
    readonly ReversalRequest[] _byVa;
    readonly int _requests;

    /// <summary>Sorts the requests by what they name. A refused request looks nothing up.</summary>
    internal Probe(IReadOnlyList<ReversalRequest> requests)
    {
        _requests = requests.Count;
        _readable = [.. requests.Where(request => request.Refusal is null)];
        _byRef = [.. _readable.Where(request => request.PaymentRef is not null)];
        _byOwn = [.. _readable.Where(request => request.PaymentRef is null)];
        _byVa = [.. _byOwn.Where(request => request.VaNumber is not null)];
    }

    /// <summary>A statement over <c>reversals.locate</c>.</summary>
    internal NpgsqlBatchCommand Payments(string sql) => new(sql)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Text, _byRef, request => request.ClientId),
            Column.Of(NpgsqlDbType.Text, _byRef, request => request.PaymentRef),
            Column.Of(NpgsqlDbType.Text, _byOwn, request => request.ClientId),
            Column.Of(NpgsqlDbType.Text, _byOwn, request => request.ReferenceId),
            Column.Of(NpgsqlDbType.Text, _byVa, request => request.ClientId),
            Column.Of(NpgsqlDbType.Text, _byVa, request => request.VaNumber),
            Column.Of(NpgsqlDbType.Numeric, _byVa, request => request.Amount),
            new NpgsqlParameter<long> { TypedValue = _requests + 1, NpgsqlDbType = NpgsqlDbType.Bigint },
        },
    };

    /// <summary>A statement over the idempotency keys.</summary>
    internal NpgsqlBatchCommand Keys(string sql) => new(sql)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Text, _readable, request => request.ClientId),
            Column.Of(NpgsqlDbType.Text, _readable, request => request.Key),
        },
    };
}
