using System.Globalization;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>How a replay stands after a portion, and why.</summary>
/// <param name="End"><see cref="ReplayEnd.Complete"/>: it may go on.</param>
/// <param name="Why">For people; empty: nothing is wrong.</param>
readonly record struct Judgement(ReplayEnd End, string Why)
{
    internal static Judgement GoOn { get; } = new(ReplayEnd.Complete, "");
}

/// <summary>
/// Whether the workers took each portion as it was meant. Of messages that waited only for their client's
/// pause none need be decided before the next are sent: one whose bill somebody holds stops no others.
/// </summary>
sealed class ReplayJudge(ReplayFate fate, ReplayTerms terms, long highest)
{
    /// <summary>How long a portion is waited for while most of it is decided.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>When none of so many is decided, it is no held bill.</summary>
    const int Many = 100;

    /// <summary>What is wrong when a message comes back that the keys of now prove.</summary>
    static readonly Dictionary<string, string> WhyTheyCame = new(StringComparer.Ordinal)
    {
        [Reason.SignatureInvalid.Code] = "the workers do not have this key",
        [Reason.ClientUnknown.Code] = "the workers do not know this client",
        [Reason.InternalError.Code] = "it fails in the workers as before, see FailsAlone in their log",
        [Pause.Cause] = "the client is paused: say reversal-worker resume --client first",
    };

    readonly bool _waitsForNone = string.Equals(terms.Filter.Cause, Pause.Cause, StringComparison.Ordinal);
    IReadOnlyList<SentMessage> _late = [];

    /// <summary>After a portion; what came back of it is marked.</summary>
    /// <param name="sent">The portion.</param>
    /// <param name="all">All messages up to now.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task<Judgement> JudgeAsync(
        IReadOnlyList<SentMessage> sent, List<ReplayedMessage> all, CancellationToken stop)
    {
        SentMessage[] open = [.. _late, .. sent];
        var heard = await fate.AwaitAsync(open, highest, _waitsForNone ? Grace : terms.Timeout, stop);
        if (_waitsForNone && 2 * LateOf(sent, heard) > sent.Count)
        {
            heard = await fate.AwaitAsync(
                open, highest, terms.Timeout, stop, mayBeLate: _late.Count + (sent.Count / 2));
        }

        Mark(all, heard);
        _late = heard.Undecided;
        return 2 * heard.CameBack.Count >= sent.Count
                ? new(ReplayEnd.CameBack, CameBack(sent.Count, heard))
            : MayGoOn(sent, heard) ? Judgement.GoOn
            : Undecided();
    }

    /// <summary>When all were sent: those of which nothing was heard yet.</summary>
    internal async Task<Judgement> EndAsync(List<ReplayedMessage> all, CancellationToken stop)
    {
        if (_late.Count > 0)
        {
            var heard = await fate.AwaitAsync(_late, highest, terms.Timeout, stop);
            Mark(all, heard);
            _late = heard.Undecided;
        }

        return _late.Count == 0 ? Judgement.GoOn : Undecided();
    }

    bool MayGoOn(IReadOnlyList<SentMessage> sent, PortionFate heard) =>
        heard.Undecided.Count == 0
        || (_waitsForNone && (sent.Count < Many || LateOf(sent, heard) < sent.Count));

    static int LateOf(IReadOnlyList<SentMessage> sent, PortionFate heard) =>
        heard.Undecided.Count(one => one.Id >= sent[0].Id);

    static void Mark(List<ReplayedMessage> all, PortionFate heard)
    {
        for (var place = 0; heard.CameBack.Count > 0 && place < all.Count; place++)
        {
            if (heard.CameBack.TryGetValue(all[place].Id, out var cause))
            {
                all[place] = all[place] with
                {
                    Outcome = ReplayOutcome.CameBack, Detail = $"{cause}: {WhyBack(cause)}",
                };
            }
        }
    }

    Judgement Undecided() => new(ReplayEnd.Undecided, string.Create(
        CultureInfo.InvariantCulture,
        $"Nothing was heard of {_late.Count} message(s) within {terms.Timeout.TotalSeconds:0} s: they are " +
        $"in the queue. Does a worker read it? See status; then run this again"));

    static string CameBack(int sent, PortionFate heard)
    {
        var cause = heard.CameBack.Values.CountBy(one => one, StringComparer.Ordinal)
            .MaxBy(one => one.Value).Key;
        return string.Create(CultureInfo.InvariantCulture,
            $"{heard.CameBack.Count} of the {sent} sent last came back: {WhyBack(cause)} ({cause}). " +
            $"The rest was not sent");
    }

    static string WhyBack(string cause) =>
        WhyTheyCame.GetValueOrDefault(cause) ?? ReasonDescriptions.Of(cause);
}
