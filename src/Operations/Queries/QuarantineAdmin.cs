using System.Globalization;
using Npgsql;
using Reversals.Operations.Actions;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Queries;

/// <summary>How much of one cause is open.</summary>
sealed record QuarantineCause
{
    public required string Cause { get; init; }
    public required long Count { get; init; }
    public required DateTime OldestAt { get; init; }
    public required DateTime NewestAt { get; init; }
}

/// <summary>Which messages of the quarantine are meant; what is null filters nothing.</summary>
sealed record QuarantineFilter
{
    /// <summary>Code of a reason.</summary>
    public string? Cause { get; init; }

    /// <summary>Received at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The Client-Id header as it came.</summary>
    public string? ClientId { get; init; }

    /// <summary>These rows only.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>Those too that somebody dealt with; for lists only.</summary>
    public bool All { get; init; }

    /// <summary>As it stands in the audit.</summary>
    public override string ToString()
    {
        string?[] parts =
        [
            Ids is null ? null : "ids " + string.Join(", ", Ids.Take(20)) + (Ids.Count > 20 ? ", …" : ""),
            Cause is null ? null : "cause " + Cause,
            Since is { } since
                ? "since " + since.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)
                : null,
            ClientId is null ? null : "client " + ClientId,
        ];
        var text = string.Join(", ", parts.OfType<string>());
        return text.Length == 0 ? "everything open" : text;
    }
}

/// <summary>A message of the quarantine without its content. What it names is read roughly.</summary>
record QuarantineEntry
{
    public required long Id { get; init; }
    public required string Cause { get; init; }
    public required string Detail { get; init; }

    /// <summary>The Client-Id header as it came; a long number cut.</summary>
    public string? ClientId { get; init => field = Redactor.Client(value); }

    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }

    /// <summary>Bytes of the body as it came.</summary>
    public required long Size { get; init; }

    /// <summary>How often the same message came; it is kept once.</summary>
    public required long Times { get; init; }

    /// <summary>When the last copy came; null: kept by an older worker, which kept each.</summary>
    public DateTime? LastReceivedAt { get; init; }

    public DateTime? SentAt { get; init; }
    public required DateTime ReceivedAt { get; init; }

    /// <summary><c>replayed</c> or <c>discarded</c>; null: open.</summary>
    public string? Resolution { get; init; }

    public DateTime? ResolvedAt { get; init; }
    public string? ResolvedBy { get; init; }
    public string? ResolutionNote { get; init; }
}

/// <summary>A message of the quarantine as it came. Not to be shown without <see cref="Redactor"/>.</summary>
sealed record QuarantineDetail : QuarantineEntry
{
    public string? Signature { get; init; }
    public required string Headers { get; init; }

    /// <summary>The exact bytes, or the head of a body that was too large.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Bytes of the body of which only the head is kept; null: it is whole.</summary>
    public long? BodySize { get; init; }

    /// <summary>SHA-256 of that body.</summary>
    public byte[]? BodySha256 { get; init; }
}

/// <summary>One page of a list, and how many there are in all.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Total">Counted up to <see cref="StatusQuery.MostCounted"/>.</param>
sealed record QuarantinePage(IReadOnlyList<QuarantineEntry> Entries, long Total);

/// <summary>Looks at what is quarantined, and puts away what nobody needs.</summary>
sealed class QuarantineAdmin(NpgsqlDataSource database)
{
    /// <summary>What is open, by cause; the most first.</summary>
    internal Task<List<QuarantineCause>> CausesAsync(CancellationToken stop) =>
        Query.ReadAsync<QuarantineCause>(database, "quarantine_causes", stop);

    /// <summary>
    /// The newest that fit, from below <paramref name="before"/> on (null: from the newest).
    /// </summary>
    internal async Task<QuarantinePage> ListAsync(
        QuarantineFilter filter, int limit, long? before, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var entries = await Query.ReadAsync<QuarantineEntry>(
            connection, "quarantine_list", stop,
            [.. Listed(filter), Query.Id(before), Query.Number(limit)]);
        var total = await Query.ReadAsync<long>(
            connection, "quarantine_count", stop,
            [.. Listed(filter), Query.Number(StatusQuery.MostCounted)]);
        return new QuarantinePage(entries, total[0]);
    }

    /// <summary>One message; null: there is none with this id.</summary>
    internal async Task<QuarantineDetail?> FindAsync(long id, CancellationToken stop) =>
        (await Query.ReadAsync<QuarantineDetail>(
            database, "quarantine_find", stop, Query.Id(id))).SingleOrDefault();

    /// <summary>Marks what is open and fits as discarded; the rows stay. Returns how many.</summary>
    internal async Task<long> DiscardAsync(QuarantineFilter filter, Operator by, CancellationToken stop)
    {
        await using var session = new CommitSession(await database.OpenConnectionAsync(stop));
        await session.BeginAsync(stop);
        var connection = session.Connection;
        var count = await Query.RunAsync(
            connection, "quarantine_discard", stop,
            [.. Taken(filter), Query.Text(by.Name), Query.Text(by.Note)]);
        await Audit.AddAsync(connection, by, "quarantine discard", filter.ToString(), count, stop);
        await session.CommitAsync(stop);
        return count;
    }

    /// <summary>The filter as the parameters of the statements that change.</summary>
    internal static NpgsqlParameter[] Taken(QuarantineFilter filter) =>
    [
        Query.Text(filter.Cause), Query.Time(filter.Since), Query.Text(filter.ClientId),
        Query.Ids(filter.Ids),
    ];

    static NpgsqlParameter[] Listed(QuarantineFilter filter) =>
    [
        Query.Text(filter.Cause), Query.Time(filter.Since), Query.Text(filter.ClientId),
        Query.Flag(filter.All),
    ];
}
