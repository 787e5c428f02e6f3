using Reversals.Contracts;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>What the overview is made of.</summary>
sealed record OverviewModel
{
    public required Status Status { get; init; }
    public required QueueReport Queues { get; init; }
    public required IReadOnlyList<OperatorAction> Actions { get; init; }
    public required IReadOnlyList<RateSample> Paces { get; init; }

    /// <summary>An event that waits longer is a problem.</summary>
    public required TimeSpan OutboxAgeLimit { get; init; }

    internal long Quarantined => Status.Quarantine.Sum(cause => cause.Count);

    internal long Unpublished => Status.Outbox.Sum(one => one.Pending);

    /// <summary>Since when the oldest event waits; null: none does.</summary>
    internal DateTime? OldestEvent => Status.Outbox.Min(one => one.OldestAt);

    internal bool IsLate => Status.At - OldestEvent > OutboxAgeLimit;

    internal QueueState? Queue(string name) =>
        Queues.Queues.FirstOrDefault(queue => string.Equals(queue.Name, name, StringComparison.Ordinal));
}

/// <summary>How the whole is doing: what is wrong first, then how much there is of everything.</summary>
static class Overview
{
    internal const int LatestActions = 5;
    const int RefreshSeconds = 10;

    internal static PageModel Of(OverviewModel outlook, bool refreshes) => new()
    {
        Title = "Overview",
        Section = "/",
        RefreshSeconds = refreshes ? RefreshSeconds : null,
        Lead = refreshes
            ? Html.Of($"""Loads itself again every {RefreshSeconds} s. <a href="/">Stop that</a>""")
            : $"""As it is now. <a href="/?refresh=on">Load again every {RefreshSeconds} s</a>""",
        Content = $"""
            {Notice([.. Problems(outlook)])}
            {Tiles(outlook)}
            {RateSheet(outlook)}
            {CauseSheet(outlook)}
            <div class="columns">{QueueSheet(outlook)}{OutboxSheet(outlook)}</div>
            {AuditView.Sheet("Latest actions of people", outlook.Actions)}
            """,
    };

    static Html Notice(IReadOnlyList<Html> problems) => problems.Count == 0
        ? Html.Of($"""
            <div class="notice good" role="status"><p>All is well: requests are read, events go out, nothing
            is quarantined.</p></div>
            """)
        : $"""<div class="notice bad" role="status"><ul>{problems.Select(Item)}</ul></div>""";

    static Html Item(Html text) => $"<li>{text}</li>";

    static IEnumerable<Html> Problems(OverviewModel outlook)
    {
        if (outlook.Queues.Problem is { } problem)
        {
            yield return $"The queues cannot be seen. {problem}";
        }

        foreach (var stall in Stalls.Of(outlook.Status))
        {
            yield return $"{stall}.";
        }

        if (outlook.Queue(Wire.RequestQueue) is { Consumers: null or 0 })
        {
            yield return $"Nobody reads <code>{Wire.RequestQueue}</code>: no worker is attached.";
        }

        if (outlook.Queue(Wire.DeadLetterQueue) is { Ready: > 0 and var dead })
        {
            yield return $"{Format.Counted(dead, "message was", "messages were")
                } redelivered too often and lie in <code>{Wire.DeadLetterQueue}</code>.";
        }

        if (outlook.IsLate)
        {
            yield return $"Events are not going out: the oldest has waited for {
                Format.Span(outlook.Status.At - outlook.OldestEvent!.Value)
                }. Is a queue bound, is RabbitMQ well?";
        }

        if (outlook.Quarantined > 0)
        {
            yield return $"""<a href="/quarantine">{Format.Counted(outlook.Quarantined, "message", "messages")
                } in quarantine</a> {(outlook.Quarantined == 1 ? "waits" : "wait")
                } for somebody's decision.""";
        }
    }

    static Html Tiles(OverviewModel outlook)
    {
        var (requests, now) = (outlook.Queue(Wire.RequestQueue), outlook.Status.At);
        return $"""
            <dl class="tiles">
            {Tile(
                "Requests waiting", requests?.Ready is { } ready ? Format.Count(ready) : "–",
                requests is null
                    ? "not known"
                    : Format.Counted(requests.Consumers ?? 0, "worker reads", "workers read"),
                requests is { Consumers: null or 0 } ? "bad" : "")}
            {Tile(
                "Events to publish", Capped(outlook.Unpublished),
                outlook.OldestEvent is { } oldest
                    ? $"the oldest waits {Format.Span(now - oldest)}"
                    : "none waits",
                outlook.IsLate ? "bad" : "")}
            {Tile(
                "Waiting for a payment", Capped(outlook.Status.Pending.Waiting),
                outlook.Status.Pending.OldestAt is { } sent
                    ? $"since {Format.Span(now - sent)}"
                    : "none waits",
                "")}
            {Tile(
                "In quarantine", Format.Count(outlook.Quarantined),
                outlook.Quarantined > 0
                    ? $"for {Format.Counted(outlook.Status.Quarantine.Count, "cause", "causes")}"
                    : "nothing to decide",
                outlook.Quarantined > 0 ? "bad" : "")}
            </dl>
            """;
    }

    static Html Tile(string name, string value, string about, string mood) => $"""
        <div class="tile"><dt>{name}</dt><dd><div class="value {mood}">{value}</div>
        <div class="quiet small">{about}</div></dd></div>
        """;

    static string Capped(long count) =>
        count >= StatusQuery.MostCounted ? Format.Count(StatusQuery.MostCounted) + "+" : Format.Count(count);

    static Html RateSheet(OverviewModel outlook)
    {
        var (rates, paces) = (outlook.Status.Rates, outlook.Paces);
        var covered = paces.Count == 0 ? TimeSpan.Zero : paces.Count * RateHistory.Interval;
        var last = rates.IsCapped
            ? $"more than {Format.Count(StatusQuery.MostCounted)} decided in the last five minutes"
            : $"{Format.Count(rates.ReversedLastMinute)} reversed and {Format.Count(rates.RejectedLastMinute)
                } rejected in the last minute, {Format.Count(rates.Reversed)} and {
                Format.Count(rates.Rejected)
                } in the last five";
        return $"""
            <section class="sheet">
            <div class="head"><h2>Rates</h2><span class="quiet small">{last}</span></div>
            <div class="body"><div class="rates">
            {Rate("Reversed", paces, pace => pace.Reversed, "")}
            {Rate("Rejected", paces, pace => pace.Rejected, "")}
            {Rate("Published", paces, pace => pace.Published, "")}
            {Rate("Quarantined", paces, pace => pace.Quarantined, "trouble")}
            </div>
            <p class="quiet small">All workers together, the last {Format.Span(covered)
                }; the right end is now.</p></div></section>
            """;
    }

    static Html Rate(string name, IReadOnlyList<RateSample> paces, Func<RateSample, double> of, string mood)
    {
        double[] points = [.. paces.Select(of)];
        var (now, peak) = points.Length == 0
            ? ("–", "–")
            : (Format.Rate(points[^1]), Format.Rate(points.Max()));
        return $"""
            <div class="{mood}"><h3><span>{name} <strong>{now}</strong></span><span>at most {peak}</span></h3>
            {Chart.Of($"{name}: {now} now, at most {peak}", points)}</div>
            """;
    }

    static Html CauseSheet(OverviewModel outlook) => $"""
        <section class="sheet"><div class="head"><h2>Quarantine by cause</h2>
        <a class="small" href="/quarantine">All messages</a></div>
        {QuarantineView.CauseTable(outlook.Status.Quarantine, outlook.Status.At)}</section>
        """;

    static Html QueueSheet(OverviewModel outlook)
    {
        Html Row(QueueState queue) => $"""
            <tr><td class="code">{queue.Name}</td><td class="number">{(queue.Ready is { } ready
                ? Format.Count(ready) : "no such queue")}</td><td class="number">{(
                Stalls.Unacknowledged(outlook.Status, queue.Name) is { } taken
                ? Format.Count(taken) : "–")}</td><td class="number">{(queue.Consumers is { } readers
                ? Format.Count(readers) : "–")}</td></tr>
            """;
        return outlook.Queues.Queues.Count == 0
            ? Html.Of($"""
                <section class="sheet"><h2>Queues</h2><p class="empty">RabbitMQ does not answer.</p></section>
                """)
            : $"""
                <section class="sheet"><h2>Queues</h2><div class="scroll"><table>
                <thead><tr><th scope="col">queue</th><th scope="col" class="number">ready</th>
                <th scope="col" class="number">taken</th>
                <th scope="col" class="number">consumers</th></tr></thead>
                <tbody>{outlook.Queues.Queues.Select(Row)}</tbody></table></div></section>
                """;
    }

    static Html OutboxSheet(OverviewModel outlook)
    {
        Html Row(OutboxState one) => $"""
            <tr><td class="code">{one.Kind}</td><td class="number">{Capped(one.Pending)}</td>
            <td class="number">{(one.OldestAt is { } oldest
                ? Format.Span(outlook.Status.At - oldest) : "–")}</td></tr>
            """;
        return $"""
            <section class="sheet"><h2>Outbox</h2><div class="scroll"><table>
            <thead><tr><th scope="col">kind of event</th><th scope="col" class="number">to publish</th>
            <th scope="col" class="number">oldest</th></tr></thead>
            <tbody>{outlook.Status.Outbox.Select(Row)}</tbody></table></div></section>
            """;
    }
}
