using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>Who did what by hand.</summary>
static class AuditView
{
    internal const int Most = 200;

    internal static PageModel Of(IReadOnlyList<OperatorAction> actions) => new()
    {
        Title = "Audit",
        Section = "/audit",
        Lead = $"What people did by hand, here and with the verbs; the latest {Most}, newest first.",
        Content = Sheet("Actions", actions),
    };

    internal static Html Sheet(string title, IReadOnlyList<OperatorAction> actions) => actions.Count == 0
        ? Html.Of($"""
            <section class="sheet"><h2>{title}</h2><p class="empty">Nobody did anything yet.</p></section>
            """)
        : $"""
            <section class="sheet"><h2>{title}</h2><div class="scroll"><table>
            <thead><tr><th scope="col">when</th><th scope="col">who</th><th scope="col">what</th>
            <th scope="col" class="number">rows</th><th scope="col">why</th></tr></thead>
            <tbody>{actions.Select(Row)}</tbody></table></div></section>
            """;

    static Html Row(OperatorAction action) => $"""
        <tr><td>{Format.Time(action.At)}</td>
        <td title="PostgreSQL role {action.SignedInAs}">{action.Operator}</td>
        <td class="detail">{action.Command} <span class="quiet">{action.Target}</span></td>
        <td class="number">{Format.Count(action.Count)}</td><td class="detail">{action.Note}</td></tr>
        """;
}
