using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>Has events published now, or once more.</summary>
sealed class OutboxAdmin(PostgresServers database)
{
    /// <summary>
    /// Lets the relays claim events at once: those whose retry delay is not over, and with
    /// <paramref name="leased"/> those that a worker has claimed. If that worker is alive, it publishes them
    /// too, so subscribers get them twice.
    /// </summary>
    /// <returns>How many.</returns>
    internal async Task<long> ReleaseAsync(
        string? kind, IReadOnlyList<long>? ids, bool leased, Operator by, CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        var connection = session.Connection;
        var count = 0L;
        foreach (var one in RelayHandoffs.Kinds.Where(
            one => kind is null || string.Equals(one, kind, StringComparison.Ordinal)))
        {
            await using var claims = connection.CreateBatch();
            claims.BatchCommands.Add(
                new NpgsqlBatchCommand(Sql.LockClaims) { Parameters = { Parameter.Text(one) } });
            await claims.ExecuteNonQueryAsync(stop);
            count += await Query.RunAsync(
                connection, "outbox_release", stop,
                Parameter.Text(one), Parameter.Bigints(ids), Parameter.Boolean(leased));
        }

        var rows = ids is null ? "every row" : "rows " + string.Join(", ", ids);
        await Audit.AddAsync(
            connection, by, "outbox retry", $"{rows} of {kind ?? "both kinds"}", count, stop);
        await session.CommitAsync(stop);
        return count;
    }

    /// <summary>Has stored events published once more, marked as replayed.</summary>
    /// <returns>Those that are stored; others are left out.</returns>
    internal async Task<List<Guid>> PublishAgainAsync(
        IReadOnlyList<Guid> ids, Operator by, CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        var connection = session.Connection;
        var found = await Query.ReadAsync<Guid>(connection, "event_again", stop, Parameter.Uuids(ids));
        if (found.Count > 0)
        {
            var target = new EventFilter { Ids = found }.ToString();
            await Audit.AddAsync(connection, by, "event replay", target, found.Count, stop);
        }

        await session.CommitAsync(stop);
        return found;
    }
}
