using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>Looks at what is quarantined.</summary>
sealed class QuarantineQuery(PostgresServers database)
{
    /// <summary>What is open, by cause; the most first.</summary>
    internal Task<List<QuarantineCause>> CausesAsync(CancellationToken stop) =>
        Query.ReadAsync<QuarantineCause>(database, "quarantine_causes", stop);

    /// <summary>What the full quarantine counted and did not keep.</summary>
    internal async Task<DroppedState> DroppedAsync(CancellationToken stop) =>
        (await Query.ReadAsync<DroppedState>(database, "quarantine_dropped", stop)).Single();

    /// <summary>
    /// The newest that fit, from below <paramref name="before"/> on (null: from the newest).
    /// </summary>
    internal async Task<QuarantinePage> ListAsync(
        QuarantineFilter filter, int limit, long? before, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var entries = await Query.ReadAsync<QuarantineEntry>(
            connection, "quarantine_list", stop,
            [.. Listed(filter), Parameter.Bigint(before), Parameter.Integer(limit)]);
        var total = await Query.ReadAsync<long>(
            connection, "quarantine_count", stop,
            [.. Listed(filter), Parameter.Integer(StatusQuery.MostCounted)]);
        return new QuarantinePage(entries, total[0]);
    }

    /// <summary>One message; null: there is none with this id.</summary>
    internal async Task<QuarantineDetail?> FindAsync(long id, CancellationToken stop) =>
        (await Query.ReadAsync<QuarantineDetail>(
            database, "quarantine_find", stop, Parameter.Bigint(id))).SingleOrDefault();

    static NpgsqlParameter[] Listed(QuarantineFilter filter) =>
    [
        Parameter.Text(filter.Cause), Parameter.Time(filter.Since), Parameter.Text(filter.ClientId),
        Parameter.Boolean(filter.All),
    ];
}
