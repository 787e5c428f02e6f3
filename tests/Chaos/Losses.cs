using Dapper;

namespace Reversals.Tests.Chaos;

/// <summary>
/// What every worker can be held to, whoever wrote it: counted from the sender's journal, the surviving
/// primary and the subscriber's log, without a look at anything else. What it set aside or has still to do
/// when it is over counts as lost, and is told besides.
/// </summary>
/// <param name="Lost">Requests that the broker had confirmed and that have no reversal.</param>
/// <param name="Unheard">Reversals of which no event was heard.</param>
/// <param name="Phantom">Events of a reversal that is not there, or is another one.</param>
/// <param name="Doubled">References with more than one event, and payments of which more was taken.</param>
/// <param name="Disordered">Events of a bill heard after a later one, but for those delivered again.</param>
/// <param name="Applied">Reversals.</param>
sealed record Losses(int Lost, int Unheard, int Phantom, int Doubled, int Disordered, int Applied)
{
    internal required long SetAside { get; init; }

    internal required long Waiting { get; init; }

    /// <summary>How often a worker has ended although nobody had brought it about.</summary>
    internal required int EndedByThemselves { get; init; }

    /// <summary>Each must be zero.</summary>
    internal IEnumerable<(string What, int Count)> Rows =>
    [
        ("acknowledged requests lost", Lost), ("phantom events", Phantom), ("doubled", Doubled),
        ("never heard", Unheard), ("out of order", Disordered),
    ];

    internal string Text => string.Create(CultureInfo.InvariantCulture,
        $"{Lost} lost, {Phantom} phantom, {Doubled} doubled, {Unheard} never heard, {Disordered} out of order, " +
        $"of {Applied} reversals; {SetAside} set aside, {Waiting} still to do; " +
        $"workers ended by themselves: {EndedByThemselves}");

    /// <param name="books">The database.</param>
    /// <param name="sent">The sender's journal.</param>
    /// <param name="heard">The subscriber's log.</param>
    /// <param name="left">What was set aside, and what is still to do.</param>
    /// <param name="ended">How often a worker ended by itself.</param>
    internal static async Task<Losses> CountAsync(
        string books, IReadOnlyList<Sent> sent, IReadOnlyList<Heard> heard, (long SetAside, long Waiting) left,
        int ended)
    {
        await using var database = await BooksAfter.OpenAsync(books);
        var rows = (await database.QueryAsync<ReversalRow>(ReversalRow.Read)).ToLookup(row => row.Key);
        var taken = await database.ExecuteScalarAsync<int>(
            """
            SELECT count(*) FROM billing.payment p
            WHERE reversed_amount <> (
                SELECT coalesce(sum(r.amount), 0) FROM reversals.reversal r WHERE r.payment_id = p.id)
            """);
        HeardEvent[] events =
        [
            .. heard.Select(HeardEvent.Read).Where(one => one.IsReversed).DistinctBy(IdOf),
        ];
        var eventsOfKey = events.Where(one => one.Key is not null).ToLookup(one => one.Key!.Value);
        return new Losses(
            sent.Where(one => one is { Outcome: SendOutcome.Ok, Authentic: true, WellFormed: true })
                .Select(one => Key.Of(one)!.Value).Distinct().Count(key => !rows.Contains(key)),
            rows.Count(group => !eventsOfKey.Contains(group.Key)),
            events.Count(one => one.Key is not { } key || rows[key].All(row => row.EventId != IdOf(one))),
            eventsOfKey.Count(group => group.Count() > 1) + taken,
            OutOfOrder(events),
            rows.Sum(group => group.Count()))
        {
            SetAside = left.SetAside, Waiting = left.Waiting, EndedByThemselves = ended,
        };
    }

    /// <summary>Other workers tell the broker other ids than they tell the subscriber.</summary>
    static Guid? IdOf(HeardEvent one) => Guid.TryParse(one.Body?.EventId, out var id) ? id : null;

    static int OutOfOrder(IEnumerable<HeardEvent> events)
    {
        Dictionary<string, long> latest = new(StringComparer.Ordinal);
        var count = 0;
        foreach (var one in events.Where(one => one.Body is not null))
        {
            var (version, bill) = (Order.Version(one.Body) ?? 0, one.Body!.Hash ?? "");
            var before = latest.GetValueOrDefault(bill, -1);
            if (one.Heard.Redelivered && version < before)
            {
                continue;
            }

            count += version <= before ? 1 : 0;
            latest[bill] = version;
        }

        return count;
    }
}
