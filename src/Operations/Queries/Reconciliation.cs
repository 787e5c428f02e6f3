using System.Data;
using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>A place where the books do not agree.</summary>
sealed record Finding
{
    public string? ClientId { get; init; }
    public long? BillId { get; init; }
    public long? PaymentId { get; init; }

    /// <summary>Of the request; of a payment its payment_ref.</summary>
    public string? ReferenceId { get; init; }

    public Guid? EventId { get; init; }
    public required string Expected { get; init; }
    public required string Found { get; init; }

    /// <summary>How many findings this invariant has in all.</summary>
    public required long Total { get; init; }
}

/// <summary>What must hold in the books, and where it does not.</summary>
sealed record Invariant
{
    /// <summary>Name of its statement.</summary>
    public required string Name { get; init; }

    /// <summary>In plain words.</summary>
    public required string Meaning { get; init; }

    /// <summary>The first findings.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Findings in all, listed or not; 0: it holds.</summary>
    public long Total => Findings.Count == 0 ? 0 : Findings[0].Total;
}

/// <summary>
/// Proves the money: every invariant over all bills, payments, reversals and events, seen at one moment, so
/// that what the worker commits meanwhile is no finding.
/// </summary>
sealed class Reconciliation(PostgresServers database)
{
    /// <summary>Each is a statement in <c>Queries/reconcile</c>.</summary>
    internal static readonly IReadOnlyList<Invariant> All =
    [
        One("bill_paid_amount", "a bill's paid_amount is what its payments have left"),
        One("payment_reversed_amount", "a payment's reversed_amount is what its reversals took"),
        One("payment_limits", "no payment gives back more than it was"),
        One("bill_limits", "no bill is paid less than nothing"),
        One("bill_status", "the status of a bill that had a reversal fits its paid_amount"),
        One("reversal_payment", "a reversal took from a payment of its client and bill"),
        One("reversal_event", "each reversal has its PaymentReversed"),
        One("event_reversal", "each PaymentReversed has exactly one reversal"),
        One("event_anonymised", "what was anonymised says nothing about a customer"),
        One("event_amount", "the amount that subscribers were told is the one that was taken"),
        One("outbox_event", "what waits to be published is there"),
    ];

    /// <summary>Checks all of them, in order.</summary>
    /// <param name="most">Most findings to list of each; all are counted.</param>
    /// <param name="begun">Told the name of each before it is checked; null: nobody listens.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task<IReadOnlyList<Invariant>> CheckAsync(
        int most, IProgress<Invariant>? begun, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var snapshot = await connection.BeginTransactionAsync(
            IsolationLevel.RepeatableRead, stop);
        await using (var settings = new NpgsqlCommand(
            "SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on; SET TRANSACTION READ ONLY",
            connection))
        {
            await settings.ExecuteNonQueryAsync(stop);
        }

        List<Invariant> results = [];
        foreach (var one in All)
        {
            begun?.Report(one);
            results.Add(one with
            {
                Findings = await Query.ReadAsync<Finding>(
                    connection, "reconcile/" + one.Name, stop, Parameter.Integer(most)),
            });
        }

        return results;
    }

    static Invariant One(string name, string meaning) => new() { Name = name, Meaning = meaning };
}
