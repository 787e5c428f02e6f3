using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>An event that waits to be published.</summary>
sealed record WaitingEvent
{
    public required string Kind { get; init; }
    public required long Id { get; init; }
    public required Guid EventId { get; init; }
    public long? BillId { get; init; }
    public required bool Replayed { get; init; }
    public required DateTime EnqueuedAt { get; init; }
    public required int Attempts { get; init; }

    /// <summary>A worker has it at hand.</summary>
    public required bool IsLeased { get; init; }

    /// <summary>Nobody takes it before; null: the next claim does.</summary>
    public DateTime? HeldUntil { get; init; }

    public string? ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public string? Reason { get; init; }
}

/// <summary>Looks at what waits to be published, and has it published.</summary>
sealed class OutboxAdmin(NpgsqlDataSource database)
{
    /// <summary>The oldest that wait, of one kind or of both.</summary>
    internal Task<List<WaitingEvent>> ListAsync(string? kind, int limit, CancellationToken stop) =>
        Query.ReadAsync<WaitingEvent>(
            database, "outbox_list", stop, Query.Text(kind), Query.Number(limit));

    /// <summary>
    /// Lets events that are held be claimed at once: those that rest after a failed attempt, and with
    /// <paramref name="leased"/> those that a worker has at hand, which is then dead or publishes them a
    /// second time.
    /// </summary>
    /// <returns>How many.</returns>
    internal async Task<long> ReleaseAsync(
        string? kind, IReadOnlyList<long>? ids, bool leased, Operator by, CancellationToken stop)
    {
        await using var session = new CommitSession(await database.OpenConnectionAsync(stop));
        await session.BeginAsync(stop);
        var connection = session.Connection;
        var count = 0L;
        foreach (var one in RelayHandoffs.Kinds.Where(
            one => kind is null || string.Equals(one, kind, StringComparison.Ordinal)))
        {
            await using var claims = connection.CreateBatch();
            claims.BatchCommands.Add(
                new NpgsqlBatchCommand(Sql.LockClaims) { Parameters = { Query.Text(one) } });
            await claims.ExecuteNonQueryAsync(stop);
            count += await Query.RunAsync(
                connection, "outbox_release", stop,
                Query.Text(one), Query.Ids(ids), Query.Flag(leased));
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
        await using var session = new CommitSession(await database.OpenConnectionAsync(stop));
        await session.BeginAsync(stop);
        var connection = session.Connection;
        var found = await Query.ReadAsync<Guid>(connection, "event_again", stop, Query.Ids(ids));
        if (found.Count > 0)
        {
            await Audit.AddAsync(connection, by, "event replay", string.Join(", ", found), found.Count, stop);
        }

        await session.CommitAsync(stop);
        return found;
    }
}
