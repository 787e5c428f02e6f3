using Dapper;
using Npgsql;
using NpgsqlTypes;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>A request that is to be decided again.</summary>
/// <param name="Id">Its row.</param>
/// <param name="IsOver">Its time is up; else a payment that it may mean is there.</param>
readonly record struct DueRequest(long Id, bool IsOver);

/// <summary>A look at those who wait.</summary>
/// <param name="Now">What time it is.</param>
/// <param name="Paused">Clients whose requests wait on, whatever is there and however late it is.</param>
readonly record struct LookTerms(DateTimeOffset Now, IReadOnlyCollection<string> Paused);

/// <summary>
/// Looks at the requests that came before their payment; lists whose time it is, in the order of arrival.
/// </summary>
/// <param name="database">Where they are.</param>
/// <param name="policies">Of whose requests: a client that is configured no longer has none.</param>
sealed class Pending(PostgresServers database, ClientPolicies policies)
{
    /// <summary>Those who wait for one of the newest payments, and those whose time is up.</summary>
    /// <param name="after">Payments up to this id were looked at before.</param>
    /// <param name="most">Most payments to look at; the newest.</param>
    /// <param name="terms">What time it is, and who waits on.</param>
    /// <param name="stop">Gives up.</param>
    internal Task<List<DueRequest>> FreshAsync(
        long after, int most, LookTerms terms, CancellationToken stop) =>
        Rows.ReadAsync<DueRequest>(
            database, Sql.FreshPending, stop,
            [
                Parameter.Bigint(after), Parameter.Integer(most), Parameter.Time(terms.Now),
                .. Clients(terms.Paused),
            ]);

    /// <summary>All for whom it is time.</summary>
    internal Task<List<DueRequest>> SweepAsync(LookTerms terms, CancellationToken stop) =>
        Rows.ReadAsync<DueRequest>(
            database, Sql.SweepPending, stop, [Parameter.Time(terms.Now), .. Clients(terms.Paused)]);

    /// <summary>The highest id of a payment; 0: there is none.</summary>
    internal async Task<long> NewestPaymentAsync(CancellationToken stop) =>
        (await Rows.ReadAsync<long>(database, Sql.NewestPayment, stop))[0];

    /// <summary>Counts who waits.</summary>
    internal Task CountAsync(WaitingLimit limit, CancellationToken stop) =>
        limit.CountAsync(database, Sql.CountPending, stop);

    /// <summary>
    /// These requests as if they arrived now, oldest first; those answered meanwhile are left out.
    /// </summary>
    internal async Task<List<ReversalRequest>> ReadAsync(
        IReadOnlyList<long> ids, DateTimeOffset now, CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.ReadPending);
        command.Parameters.Add(Parameter.Bigints(ids));
        await using var reader = await command.ExecuteReaderAsync(stop);
        var (request, entry) = (
            reader.GetRowParser<ReversalRequest>(), reader.GetRowParser<PendingEntry>());
        List<ReversalRequest> requests = [];
        while (await reader.ReadAsync(stop))
        {
            requests.Add(request(reader) with
            {
                ReceivedAt = now,
                Pending = entry(reader),
                Delivery = Delivery.Remembered(reader["message_hash"] as byte[]),
            });
        }

        return requests;
    }

    /// <summary>Of one moment: the two are columns of the same rows.</summary>
    NpgsqlParameter[] Clients(IReadOnlyCollection<string> paused)
    {
        KeyValuePair<string, ClientPolicy>[] configured =
            [.. policies.Configured.Where(one => !paused.Contains(one.Key, StringComparer.Ordinal))];
        return
        [
            Parameter.Texts(configured, client => client.Key),
            Parameter.Intervals(configured, client => client.Value.ClockTolerance),
        ];
    }
}
