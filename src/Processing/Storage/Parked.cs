using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>A proved request of a client that is paused, as it came.</summary>
sealed record ParkedRequest
{
    /// <summary>Its row; 0: it is to be kept yet.</summary>
    public long Id { get; init; }

    /// <summary>Whose signature was on it.</summary>
    public required string ClientId { get; init; }

    /// <summary>As a JSON object.</summary>
    public required string Headers { get; init; }

    public required byte[] Body { get; init; }
    public DateTime? SentAt { get; init; }
    public string? CorrelationId { get; init; }
    public string? MessageId { get; init; }
    public required bool IsRedelivered { get; init; }
    public required DateTime ReceivedAt { get; init; }
}

/// <summary>Keeps the requests of paused clients, and hands them out again.</summary>
sealed class Parked(PostgresServers database)
{
    /// <summary>Longer than it takes to decide what was taken together.</summary>
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    /// <param name="requests">The requests.</param>
    /// <param name="isAlone">One: it may take no longer than many.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task AddAsync(
        IReadOnlyList<ParkedRequest> requests, bool isAlone, CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        session.Batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.Park)
        {
            Parameters =
            {
                Parameter.Texts(requests, one => one.ClientId),
                Parameter.Texts(requests, one => one.Headers),
                Parameter.Byteas(requests, one => one.Body),
                Parameter.Times(requests, one => one.SentAt),
                Parameter.Texts(requests, one => one.CorrelationId),
                Parameter.Texts(requests, one => one.MessageId),
                Parameter.Booleans(requests, one => one.IsRedelivered),
                Parameter.Times(requests, one => one.ReceivedAt),
            },
        });
        await session.BeginAsync(stop);
        await session.CommitAsync(stop);
    }

    /// <summary>The oldest whose clients may go on; nobody else gets them for a while.</summary>
    internal Task<List<ParkedRequest>> TakeAsync(int most, CancellationToken stop) =>
        Rows.ReadAsync<ParkedRequest>(
            database, Sql.TakeParked, stop, Parameter.Integer(most), Parameter.Interval(Lease));

    /// <summary>They are decided.</summary>
    internal async Task RemoveAsync(IReadOnlyList<long> ids, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await Rows.ChangeAsync(connection, Sql.DeleteParked, stop, Parameter.Bigints(ids));
    }
}
