using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Storage;

/// <summary>
/// Looks at the requests that came before their payment; lists whose time it is, in the order of arrival.
/// </summary>
/// <param name="database">Where they are.</param>
/// <param name="policies">Of whose requests: a client that is configured no longer has none.</param>
sealed class Pending(NpgsqlDataSource database, IReadOnlyDictionary<string, ClientPolicy> policies)
{
    readonly KeyValuePair<string, ClientPolicy>[] _policies = [.. policies];

    /// <summary>Those who wait for one of the newest payments, and those whose time is up.</summary>
    /// <param name="after">Payments up to this id were looked at before.</param>
    /// <param name="most">Most payments to look at; the newest.</param>
    /// <param name="now">What time it is.</param>
    /// <param name="stop">Gives up.</param>
    internal Task<List<DueRequest>> FreshAsync(
        long after, int most, DateTimeOffset now, CancellationToken stop) =>
        DueAsync(Sql.FreshPending, stop,
            new NpgsqlParameter<long> { TypedValue = after, NpgsqlDbType = NpgsqlDbType.Bigint },
            new NpgsqlParameter<int> { TypedValue = most, NpgsqlDbType = NpgsqlDbType.Integer },
            ArrayParameter.Time(now), Clients(), Tolerances());

    /// <summary>All for whom it is time.</summary>
    internal Task<List<DueRequest>> SweepAsync(DateTimeOffset now, CancellationToken stop) =>
        DueAsync(Sql.SweepPending, stop, ArrayParameter.Time(now), Clients(), Tolerances());

    /// <summary>The highest id of a payment; 0: there is none.</summary>
    internal async Task<long> NewestPaymentAsync(CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.NewestPayment);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }

    /// <summary>How many wait, by client; clients of which none waits are left out.</summary>
    internal async Task<Dictionary<string, long>> CountsAsync(CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.ClientsPending);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await reader.ReadAsync(stop))
        {
            counts[reader.GetString(0)] = reader.GetInt64(1);
        }

        return counts;
    }

    /// <summary>
    /// These requests as if they arrived now, oldest first; those answered meanwhile are left out.
    /// </summary>
    internal async Task<List<ReversalRequest>> ReadAsync(
        IReadOnlyList<long> ids, DateTimeOffset now, CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.ReadPending);
        command.Parameters.Add(PendingCommands.Ids(ids));
        await using var reader = await command.ExecuteReaderAsync(stop);
        var parse = reader.GetRowParser<PendingRow>();
        List<ReversalRequest> requests = [];
        while (await reader.ReadAsync(stop))
        {
            requests.Add(parse(reader).ToRequest(now));
        }

        return requests;
    }

    async Task<List<DueRequest>> DueAsync(
        string sql, CancellationToken stop, params IEnumerable<NpgsqlParameter> values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value);
        }

        await using var reader = await command.ExecuteReaderAsync(stop);
        List<DueRequest> due = [];
        while (await reader.ReadAsync(stop))
        {
            due.Add(new(reader.GetInt64(0), reader.GetBoolean(1)));
        }

        return due;
    }

    NpgsqlParameter Clients() => ArrayParameter.Of(NpgsqlDbType.Text, _policies, client => client.Key);

    NpgsqlParameter Tolerances() =>
        ArrayParameter.Of(NpgsqlDbType.Interval, _policies, client => client.Value.ClockTolerance);
}
