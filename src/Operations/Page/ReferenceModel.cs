using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>All that is known of a reference: the payments it is about, and what happened in order.</summary>
sealed record ReferenceModel(ReferenceHistory History) : PageModel
{
    internal override Type View => typeof(ReferenceView);

    internal override string Title => History.Query;

    internal override string Query => History.Query;

    internal override int Status =>
        History.Known ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;

    /// <summary>The state of things in one sentence; the rest is how it came about.</summary>
    internal string Verdict => History switch
    {
        { Known: false } => "",
        { Reversals: [_, ..] reversals } =>
            $"{Format.Counted(reversals.Count, "reversal was", "reversals were")} applied, "
            + $"{Format.Money(reversals.Sum(one => one.Amount))} in all.",
        { Pending: [_, ..] } => "It waits for its payment and will be decided then.",
        { Events: [.., var last] } => $"Not applied: refused as {last.Reason}."
            + EarlierReversal.Explain(last, History.Earlier),
        { Quarantined: [.., { Resolution: null } last] } => $"Not applied: quarantined for {last.Cause}.",
        { Quarantined: [.., var last] } => $"Not applied: the message was {last.Resolution}.",
        _ => "A payment of this name is known; nobody asked to reverse it.",
    };

    internal static string Address(string reference) =>
        "/show?reference=" + Uri.EscapeDataString(reference);

    /// <summary>How an entry of the timeline is coloured.</summary>
    internal static string Colour(TimelineEntry entry) => entry.Stage switch
    {
        "quarantined" => "bad",
        "waiting" or "remembered" => "warn",
        _ when entry.IsRejection => "bad",
        "committed" or "published" => "good",
        _ => "",
    };
}
