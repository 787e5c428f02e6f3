using System.Globalization;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>The quarantine: by cause, as a list, and one message with what can be done about it.</summary>
/// <param name="mask">Over whatever a stranger sent.</param>
/// <param name="acts">Whether there are forms.</param>
/// <param name="token">The hidden field of a form, by its path.</param>
/// <param name="now">The time.</param>
sealed class QuarantineView(Redactor mask, bool acts, Func<string, string> token, DateTime now)
{
    /// <summary>Messages on one page of the list.</summary>
    internal const int Rows = 50;

    /// <summary>What is open, by cause; each with its share of all.</summary>
    internal static Html CauseTable(IReadOnlyList<QuarantineCause> causes, DateTime now)
    {
        var all = causes.Sum(cause => cause.Count);
        Html Row(QuarantineCause cause) => $"""
            <tr><th scope="row"><a class="code" href="{Path(cause.Cause)}">{cause.Cause}</a></th>
            <td class="number">{Format.Count(cause.Count)}</td>
            <td class="optional"><svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none"
              aria-hidden="true"><rect width="100" height="6" rx="2"/><rect width="{Percent(cause.Count, all)
              }" height="6" rx="2"/></svg></td>
            <td class="optional meaning quiet">{ReasonDescriptions.Of(cause.Cause)}</td>
            <td class="number">{Format.Ago(cause.NewestAt, now)}</td>
            <td class="number optional">{Format.Ago(cause.OldestAt, now)}</td></tr>
            """;
        return causes.Count == 0
            ? Html.Of($"""<p class="empty">Nothing waits for a decision.</p>""")
            : $"""
                <div class="scroll"><table>
                <thead><tr><th scope="col">cause</th><th scope="col" class="number">messages</th>
                <th scope="col" class="optional"><span class="unseen">share</span></th>
                <th scope="col" class="optional">meaning</th><th scope="col" class="number">newest</th>
                <th scope="col" class="number optional">oldest</th></tr></thead>
                <tbody>{causes.Select(Row)}</tbody></table></div>
                """;
    }

    internal PageModel List(
        QuarantineFilter filter, IReadOnlyList<QuarantineCause> causes, QuarantinePage page)
    {
        var open = filter.All ? 0 : page.Total;
        return new()
        {
            Title = filter.Cause ?? "Quarantine",
            Section = "/quarantine",
            Lead = filter.Cause is { } code
                ? Html.Of($"""{ReasonDescriptions.Of(code)} <a href="/quarantine">All causes</a>""")
                : $"Messages that were kept and not processed. Rows stay, whatever is done about them.",
            Content = $"""
                {(filter.Cause is null ? CauseSheet(causes) : Html.None)}
                {(acts && filter.Cause is { } cause && open > 0 ? BulkForm(cause, open) : Html.None)}
                {Messages(filter, page)}
                """,
        };
    }

    internal PageModel Message(QuarantineDetail message) => new()
    {
        Title = $"Message {message.Id.ToString(CultureInfo.InvariantCulture)}",
        Section = "/quarantine",
        Lead = $"""Quarantined for <a class="code" href="{Path(message.Cause)}">{message.Cause}</a>""",
        Content = $"""
            {Resolution(message)}
            <div class="notice warn"><p><strong>{message.Detail}.</strong> {
                ReasonDescriptions.Of(message.Cause)
                }</p></div>
            <section class="sheet"><h2>What came</h2><div class="body"><dl class="facts">
            {Fact("received", Format.Time(message.ReceivedAt))}
            {Fact("sent", message.SentAt is { } sent ? Format.Time(sent) : null)}
            {Fact("Client-Id", $"{Masked(message.ClientId) ?? "none"}")}
            {Fact("reference_id", Reference(message.ReferenceId))}
            {Fact("payment_ref", Reference(message.PaymentRef))}
            {Fact("size", $"{Format.Counted(message.Size, "byte", "bytes")}")}
            {Kept(message)}
            {Fact("came", $"{Format.Counted(message.Times, "time", "times")}")}
            </dl></div></section>
            <section class="sheet"><h2>Body and headers</h2><div class="body">
            <p class="quiet small">Only fields of known names are shown, account numbers cut to their last
            four digits; what is replayed are the exact bytes.</p>
            <h3 id="body">Body</h3><pre aria-labelledby="body" tabindex="0">{mask.Body(message.Body)}</pre>
            <h3 id="headers">Headers</h3><pre aria-labelledby="headers" tabindex="0">{
                mask.Headers(message.Headers)}</pre></div></section>
            {(acts && message.Resolution is null ? MessageForms(message.Id) : Html.None)}
            """,
    };

    internal static string Path(string cause) => "/quarantine?cause=" + Uri.EscapeDataString(cause);

    internal static string Path(long id) =>
        string.Create(CultureInfo.InvariantCulture, $"/quarantine/{id}");

    static Html Kept(QuarantineDetail message) => message.BodySize is null
        ? Html.None
        : Fact("kept", $"the first {Format.Counted(message.Body.Length, "byte", "bytes")}: no replay");

    Html CauseSheet(IReadOnlyList<QuarantineCause> causes) =>
        $"""<section class="sheet"><h2>Open, by cause</h2>{CauseTable(causes, now)}</section>""";

    Html Messages(QuarantineFilter filter, QuarantinePage page)
    {
        var more = page.Total >= StatusQuery.MostCounted ? "+" : "";
        Html Row(QuarantineEntry entry) => $"""
            <tr><td><a href="{Path(entry.Id)}">{Path(entry.Id).Split('/')[^1]}</a></td>
            <td>{Format.Ago(entry.ReceivedAt, now)}</td>
            {(filter.Cause is null ? CauseCell(entry) : Html.None)}
            <td class="word">{Masked(entry.ClientId) ?? "–"}</td>
            <td class="detail">{Reference(entry.ReferenceId ?? entry.PaymentRef)}</td>
            <td class="detail optional">{entry.Detail}</td><td>{State(entry)}</td></tr>
            """;
        return page.Entries.Count == 0
            ? Html.Of($"""
                <section class="sheet"><div class="head"><h2>Messages</h2>{Switch(filter)}</div>
                <p class="empty">None.</p></section>
                """)
            : $"""
                <section class="sheet">
                <div class="head"><h2>Messages <span class="quiet">{
                    Format.Count(page.Total)}{more}</span></h2>
                {Switch(filter)}</div><div class="scroll"><table>
                <thead><tr><th scope="col">id</th><th scope="col">received</th>
                {(filter.Cause is null ? $"""<th scope="col">cause</th>""" : Html.None)}
                <th scope="col">client</th><th scope="col">names</th>
                <th scope="col" class="optional">detail</th><th scope="col">state</th></tr></thead>
                <tbody>{page.Entries.Select(Row)}</tbody></table></div>{Older(filter, page)}</section>
                """;
    }

    static Html CauseCell(QuarantineEntry entry) =>
        $"""<td><a class="code" href="{Path(entry.Cause)}">{entry.Cause}</a></td>""";

    static Html State(QuarantineEntry entry) => entry.Resolution switch
    {
        null => Html.Of($"""<span class="tag bad">open</span>"""),
        var done => $"""<span class="tag" title="by {entry.ResolvedBy}">{done}</span>""",
    };

    static Html Switch(QuarantineFilter filter) => $"""
        <a class="small" href="{Query(filter with { All = !filter.All })}">{(filter.All
            ? "Only open ones" : "Also those dealt with")}</a>
        """;

    static Html Older(QuarantineFilter filter, QuarantinePage page) => page.Entries.Count < Rows
        ? Html.None
        : $"""
            <p class="pages"><a href="{Query(filter)}">Newest</a>
            <a href="{Query(filter, page.Entries[^1].Id)}">Older</a></p>
            """;

    static string Query(QuarantineFilter filter, long? before = null)
    {
        string?[] parts =
        [
            filter.Cause is { } cause ? "cause=" + Uri.EscapeDataString(cause) : null,
            filter.All ? "all=yes" : null,
            before is { } id ? string.Create(CultureInfo.InvariantCulture, $"before={id}") : null,
        ];
        return "/quarantine?" + string.Join('&', parts.OfType<string>());
    }

    Html BulkForm(string cause, long open) => $"""
        <section class="sheet"><h2>Replay messages of this cause</h2><div class="body">
        <p class="quiet">Oldest first. Each is checked again under the keys of now; what would be refused
        again, or is applied already, stays as it is. The check alone sends and changes nothing.</p>
        <form method="post" action="/quarantine/replay">{Hidden("/quarantine/replay")}
        <input type="hidden" name="cause" value="{cause}">
        <div class="field"><label for="limit">At most <span class="hint">1 to {
            Format.Count(Actions.MostAtOnce)}
        messages</span></label><input id="limit" name="limit" type="number" min="1" max="{Actions.MostAtOnce}"
        value="{Math.Min(open, Actions.MostAtOnce)}" required></div>
        {NoteField("note")}
        <div class="buttons"><button name="check" value="yes" class="second">Check only</button>
        <button>Replay</button></div></form></div></section>
        """;

    Html MessageForms(long id) => $"""
        <div class="columns">
        <section class="sheet"><h2>Replay</h2><div class="body">
        <p class="quiet">The exact bytes are sent to the worker again, if their signature holds under the keys
        of now.</p>
        <form method="post" action="{Path(id)}/replay">{Hidden(Path(id) + "/replay")}{
            NoteField("replay-note")}
        <div class="buttons"><button name="check" value="yes" class="second">Check only</button>
        <button>Replay</button></div></form></div></section>
        <section class="sheet"><h2>Discard</h2><div class="body">
        <p class="quiet">The message is marked as dealt with and stays stored. It cannot be replayed after
        that.</p>
        <form method="post" action="{Path(id)}/discard">{Hidden(Path(id) + "/discard")}{
            NoteField("discard-note")}<button class="danger">Discard</button></form></div></section>
        </div>
        """;

    Html Hidden(string path) =>
        $"""<input type="hidden" name="{PageSecurity.TokenField}" value="{token(path)}">""";

    static Html NoteField(string id) => $"""
        <div class="field"><label for="{id}">Why <span class="hint">stands in the audit, at most {
            Actions.LongestNote} characters</span></label>
        <input id="{id}" name="note" type="text" required maxlength="{Actions.LongestNote}"
          autocomplete="off"></div>
        """;

    static Html Resolution(QuarantineEntry entry) => entry is { Resolution: { } done, ResolvedAt: { } at }
        ? $"""
            <div class="notice good" role="status"><p><strong>{done}</strong> {Format.Time(at)} by {
                entry.ResolvedBy}: {entry.ResolutionNote}</p></div>
            """
        : Html.None;

    static Html Fact(string name, Html? value) => $"<dt>{name}</dt><dd>{value ?? Html.Of($"–")}</dd>";

    static Html? Reference(string? name) => name is null
        ? null
        : Html.Of($"""<a class="code" href="{ReferenceView.Path(name)}">{name}</a>""");

    string? Masked(string? text) => text is null ? null : mask.Text(text);

    static string Percent(long part, long whole) =>
        (100.0 * part / Math.Max(whole, 1)).ToString("0.#", CultureInfo.InvariantCulture);
}
