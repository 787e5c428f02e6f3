using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>What the requests of a batch name, as the parameters of the statements that look it up.</summary>
sealed class PaymentLookup
{
    readonly ReversalRequest[] _readable;
    readonly ReversalRequest[] _byRef;
    readonly ReversalRequest[] _byOwn;
    readonly ReversalRequest[] _byVa;
    readonly ReversalRequest[] _derived;
    readonly Func<string, ClientPolicy> _policies;

    /// <summary>Sorts the requests by what they name. A refused request looks nothing up.</summary>
    internal PaymentLookup(IReadOnlyList<ReversalRequest> requests, Func<string, ClientPolicy> policies)
    {
        _policies = policies;
        _readable = [.. requests.Where(request => request.Rejection is null)];
        _byRef = [.. _readable.Where(request => request.PaymentRef is not null)];
        _byOwn = [.. _readable.Where(request => request.PaymentRef is null)];
        _byVa = [.. _byOwn.Where(request => request.VaNumber is not null)];
        _derived = [.. _byRef.Where(request => request.KeyOrigin == KeyOrigin.Derived)];
    }

    /// <summary>A statement over <c>reversals.locate</c>.</summary>
    internal NpgsqlBatchCommand Payments(string sql) => new(sql)
    {
        Parameters =
        {
            Parameter.Texts(_byRef, request => request.ClientId),
            Parameter.Texts(_byRef, request => request.PaymentRef),
            Parameter.Texts(_byOwn, request => request.ClientId),
            Parameter.Texts(_byOwn, request => request.ReferenceId),
            Parameter.Texts(_byVa, request => request.ClientId),
            Parameter.Texts(_byVa, request => request.VaNumber),
            Parameter.Numerics(_byVa, request => request.Amount),
            Parameter.Times(_byVa, LastPaidAt),
            Parameter.Bigint(Ledger.MostHits),
        },
    };

    /// <summary>The same, told which account numbers the requests name: no others need be shown.</summary>
    internal NpgsqlBatchCommand Accounts(string sql)
    {
        var command = Payments(sql);
        command.Parameters.Add(Parameter.Texts(Named(request => request.VaNumber)));
        command.Parameters.Add(Parameter.Texts(Named(request => request.Prefix)));
        return command;
    }

    string[] Named(Func<ReversalRequest, string?> name) =>
        [.. _readable.Select(name).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The request whose name too many payments fit, and whether the name is its VA alone.</summary>
    /// <param name="level">1: its payment_ref, 2: its reference_id, 3: its VA.</param>
    /// <param name="place">Its place among those that name something of the level, from 1.</param>
    internal (ReversalRequest Request, bool OnVa) Named(int level, long place) => level switch
    {
        1 => (_byRef[place - 1], false),
        2 => (_byOwn[place - 1], false),
        _ => (_byVa[place - 1], true),
    };

    /// <summary>A statement over the idempotency keys.</summary>
    internal NpgsqlBatchCommand Keys(string sql) => new(sql)
    {
        Parameters =
        {
            Parameter.Texts(_readable, request => request.ClientId),
            Parameter.Texts(_readable, request => request.Key),
            Parameter.Texts(_derived, request => request.ClientId),
            Parameter.Texts(_derived, request => request.PaymentRef),
            Parameter.Bigint(Ledger.MostHits),
        },
    };

    /// <summary>What was paid later, a request that names a VA only cannot mean.</summary>
    DateTime LastPaidAt(ReversalRequest request) =>
        (request.SentAt + _policies(request.ClientId).ClockTolerance).UtcDateTime;
}
