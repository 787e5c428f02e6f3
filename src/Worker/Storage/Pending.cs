using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Reversals.Worker.Storage;

/// <summary>A row of <c>reversals.pending</c>.</summary>
sealed record PendingRow
{
    public required long Id { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public decimal? Amount { get; init; }
    public string? VaNumber { get; init; }
    public string? Prefix { get; init; }
    public string? Channel { get; init; }
    public string? TraceParent { get; init; }
    public required DateTime SentAt { get; init; }
    public required DateTime PendingUntil { get; init; }

    internal ReversalRequest ToRequest(DateTimeOffset now) => new()
    {
        ClientId = ClientId,
        SentAt = new DateTimeOffset(SentAt),
        ReceivedAt = now,
        PaymentRef = PaymentRef,
        ReferenceId = ReferenceId,
        Amount = Amount,
        VaNumber = VaNumber,
        Prefix = Prefix,
        Channel = Channel,
        TraceParent = TraceParent,
        Remembered = new Remembered { Id = Id, Until = new DateTimeOffset(PendingUntil) },
    };
}

/// <summary>One look at the remembered requests.</summary>
/// <param name="Due">Those to be decided again, oldest first.</param>
/// <param name="Last">The highest id looked at; 0: the end was reached.</param>
sealed record PendingPage(IReadOnlyList<ReversalRequest> Due, long Last);

/// <summary>Requests that came before their payment.</summary>
sealed class Pending(NpgsqlDataSource database)
{
    /// <summary>Each look costs a few index probes a request.</summary>
    const int PageSize = 1_000;

    /// <summary>Looks at the next page after an id.</summary>
    internal async Task<PendingPage> PageAsync(long after, DateTimeOffset now, CancellationToken stop)
    {
        List<long> due = [];
        var (rows, last) = (0, 0L);
        await using (var command = database.CreateCommand(Sql.PagePending))
        {
            command.Parameters.Add(Id(after));
            command.Parameters.Add(new NpgsqlParameter<int>
            {
                TypedValue = PageSize, NpgsqlDbType = NpgsqlDbType.Integer,
            });
            command.Parameters.Add(Column.Time(now));
            await using var reader = await command.ExecuteReaderAsync(stop);
            for (; await reader.ReadAsync(stop); rows++)
            {
                last = reader.GetInt64(0);
                if (reader.GetBoolean(1))
                {
                    due.Add(last);
                }
            }
        }

        return new PendingPage(
            due.Count == 0 ? [] : await ReadAsync(due, now, stop), rows < PageSize ? 0 : last);
    }

    /// <summary>Of these requests, those that still wait are locked and listed.</summary>
    internal static NpgsqlBatchCommand Lock(IReadOnlyList<long> ids) =>
        new(Sql.LockPending) { Parameters = { Ids(ids) } };

    /// <summary>They were answered for good.</summary>
    internal static NpgsqlBatchCommand Forget(IReadOnlyList<long> ids) =>
        new(Sql.ForgetRequests) { Parameters = { Ids(ids) } };

    /// <summary>They are to be decided again when their payment appears.</summary>
    internal static NpgsqlBatchCommand Remember(
        IReadOnlyList<(ReversalRequest Request, DateTimeOffset Until)> waiting) => new(Sql.RememberRequests)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.ClientId),
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.Key),
            Column.Of(NpgsqlDbType.Bytea, waiting, one => one.Request.ContentHash()),
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.PaymentRef),
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.ReferenceId),
            Column.Of(NpgsqlDbType.Numeric, waiting, one => one.Request.Amount),
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.VaNumber),
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.Prefix),
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.Channel),
            Column.Of(NpgsqlDbType.Text, waiting, one => one.Request.TraceParent),
            Column.Of(NpgsqlDbType.TimestampTz, waiting, one => one.Request.SentAt.UtcDateTime),
            Column.Of(NpgsqlDbType.TimestampTz, waiting, one => one.Until.UtcDateTime),
        },
    };

    async Task<List<ReversalRequest>> ReadAsync(
        List<long> due, DateTimeOffset now, CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.ReadPending);
        command.Parameters.Add(Ids(due));
        await using var reader = await command.ExecuteReaderAsync(stop);
        var parse = reader.GetRowParser<PendingRow>();
        List<ReversalRequest> requests = [];
        while (await reader.ReadAsync(stop))
        {
            requests.Add(parse(reader).ToRequest(now));
        }

        return requests;
    }

    static NpgsqlParameter Ids(IReadOnlyList<long> ids) => Column.Of(NpgsqlDbType.Bigint, ids, id => id);

    static NpgsqlParameter<long> Id(long id) =>
        new() { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Bigint };
}
