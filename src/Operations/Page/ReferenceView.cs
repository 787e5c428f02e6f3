using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>All that is known of a reference: the payments it is about, and what happened in order.</summary>
static class ReferenceView
{
    internal static string Path(string reference) => "/show?reference=" + Uri.EscapeDataString(reference);

    internal static PageModel Of(ReferenceHistory known, Redactor mask, DateTime now) => known.IsEmpty
        ? new()
        {
            Status = StatusCodes.Status404NotFound,
            Title = known.Query,
            Sought = known.Query,
            Content = $"""
                <div class="notice warn"><p><strong>Nothing known of {known.Query}.</strong> Searched:
                {ReferenceSearch.Searched}.</p></div>
                """,
        }
        : new()
        {
            Title = known.Query,
            Sought = known.Query,
            Lead = $"{Verdict(known)}",
            Content = $"""
                {known.Payments.Select(Payment)}{Timeline(known, mask, now)}{Quarantined(known, now)}
                """,
        };

    /// <summary>The state of things in one sentence; the rest is how it came about.</summary>
    static string Verdict(ReferenceHistory known) => known switch
    {
        { Reversals: [_, ..] reversals } =>
            $"{Format.Counted(reversals.Count, "reversal was", "reversals were")} applied, "
            + $"{Format.Money(reversals.Sum(one => one.Amount))} in all.",
        { Pending: [_, ..] } => "It waits for its payment and will be decided then.",
        { Events: [.., var last] } => $"Not applied: refused as {last.Reason}.",
        { Quarantined: [.., { Resolution: null } last] } => $"Not applied: quarantined for {last.Cause}.",
        { Quarantined: [.., var last] } => $"Not applied: the message was {last.Resolution}.",
        _ => "A payment of this name is known; nobody asked to reverse it.",
    };

    static Html Payment(PaymentState payment) => $"""
        <section class="sheet"><div class="head"><h2>Payment {payment.Id}</h2>
        <span class="tag {(payment.ReversedAmount == 0 ? "" : "good")}">{HowMuch(payment)}</span></div>
        <div class="body"><dl class="facts">
        <dt>client</dt><dd>{payment.ClientId}</dd>
        <dt>amount</dt><dd>{Format.Money(payment.Amount)}, of it reversed {
            Format.Money(payment.ReversedAmount)}</dd>
        <dt>paid</dt><dd>{Format.Time(payment.PaidAt)}{(payment.Channel is { } channel
            ? $" through {channel}" : "")}</dd>
        <dt>payment_ref</dt><dd class="code">{payment.PaymentRef ?? "none"}</dd>
        <dt>bill {payment.BillId}</dt><dd>{payment.BillType}, {payment.BillStatus}: {
            Format.Money(payment.BillPaid)} of {Format.Money(payment.BillTotal)} paid, version {
            payment.BillVersion}</dd>
        </dl></div></section>
        """;

    static string HowMuch(PaymentState payment) =>
        payment.ReversedAmount == 0 ? "not reversed"
        : payment.ReversedAmount < payment.Amount ? "partly reversed"
        : "reversed";

    static Html Timeline(ReferenceHistory known, Redactor mask, DateTime now)
    {
        Html Item(TimelineEntry step) => $"""
            <li class="{Mood(step.Stage)}"><div class="head"><strong>{step.Stage}</strong>
            {(step.Reason is { } reason
                ? $"""<span class="tag {Mood(step.Stage)}">{reason}</span>""" : Html.None)}
            <span class="quiet small">{mask.Text(step.ClientId ?? "")}{(step.At is { } at
                ? $" · {Format.Time(at)} · {Format.Ago(at, now)}" : Html.None)}</span></div>
            <div>{mask.Text(step.Text)}</div></li>
            """;
        return $"""
            <section class="sheet"><h2>What happened</h2>
            <ol class="timeline">{known.Timeline.Select(Item)}</ol></section>
            """;
    }

    static Html Quarantined(ReferenceHistory known, DateTime now)
    {
        Html Row(QuarantineEntry entry) => $"""
            <tr><td><a href="{QuarantineView.Path(entry.Id)}">Message {entry.Id}</a></td>
            <td class="code">{entry.Cause}</td><td>{Format.Ago(entry.ReceivedAt, now)}</td>
            <td>{entry.Resolution ?? "open"}</td></tr>
            """;
        return known.Quarantined.Count == 0 ? Html.None : $"""
            <section class="sheet"><h2>In quarantine under this name</h2><div class="scroll"><table>
            <thead><tr><th scope="col">message</th><th scope="col">cause</th><th scope="col">received</th>
            <th scope="col">state</th></tr></thead><tbody>{known.Quarantined.Select(Row)}</tbody>
            </table></div></section>
            """;
    }

    static string Mood(string stage) => stage switch
    {
        "committed" or "published" => "good",
        "quarantined" => "bad",
        "waiting" or "remembered" => "warn",
        _ => "",
    };
}
