using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>How many of a sort wait in a table.</summary>
/// <param name="Table">outbox, pending or quarantine.</param>
/// <param name="Sort">Kind of the events, or cause of the quarantine; empty: there is one sort.</param>
/// <param name="Count">At the most <see cref="QueueDepths.MostCounted"/>.</param>
readonly record struct Waiting(string Table, string Sort, long Count);

/// <summary>What waits in the tables, for those who watch.</summary>
sealed class QueueDepths(PostgresServers database, TimeProvider clock)
{
    readonly LowestIds _lowest = new(clock);

    /// <summary>So that a look costs little however much there is: more of a sort are not counted.</summary>
    internal const int MostCounted = 100_000;

    /// <summary>For each kind of events the age of the oldest that is not published; 0: none waits.</summary>
    /// <param name="maySweep">Whether it may take as long as it takes to read dead rows.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task<Dictionary<string, TimeSpan>> AgesAsync(bool maySweep, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        var from = _lowest.From(RelayHandoffs.Kinds, maySweep);
        var ages = await Rows.ReadAsync<OldestAge>(
            database, Sql.OutboxAge, stop, Parameter.Texts(RelayHandoffs.Kinds), Parameter.Bigints(from));
        foreach (var one in ages)
        {
            _lowest.Seen(one.Kind, one.Lowest, one.Highest);
        }

        if (from.All(id => id == 0))
        {
            _lowest.Swept(clock.GetElapsedTime(began));
        }

        return ages.ToDictionary(
            one => one.Kind, one => TimeSpan.FromSeconds(one.Seconds), StringComparer.Ordinal);
    }

    /// <summary>Events to publish by kind, requests without a payment, open quarantine by cause.</summary>
    internal Task<List<Waiting>> CountsAsync(CancellationToken stop) => Rows.ReadAsync<Waiting>(
        database, Sql.CountWaiting, stop, Parameter.Texts(RelayHandoffs.Kinds),
        Parameter.Texts(QuarantinedMessage.Causes), Parameter.Integer(MostCounted),
        Parameter.Bigints(_lowest.From(RelayHandoffs.Kinds, maySweep: false)));

    /// <summary>Null: there is no transaction that keeps dead rows from being removed.</summary>
    internal async Task<OldTransaction?> OldestTransactionAsync(CancellationToken stop) =>
        (await Rows.ReadAsync<OldTransaction>(database, Sql.OldestTransaction, stop)).SingleOrDefault();

    /// <param name="Kind">Of the events.</param>
    /// <param name="Seconds">Since when the oldest waits.</param>
    /// <param name="Lowest">The oldest row; null: none waits.</param>
    /// <param name="Highest">The highest id that was given out.</param>
    readonly record struct OldestAge(string Kind, double Seconds, long? Lowest, long Highest);
}
