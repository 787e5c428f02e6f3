namespace Reversals.Tests.Chaos;

/// <summary>Invariant 2: one effect per key. The same request again gets the same answer again; the same key
/// with other content is refused and changes nothing.</summary>
static class Duplicates
{
    internal static void Check(Evidence evidence, Verdict verdict)
    {
        foreach (var reversals in evidence.Reversals)
        {
            if (reversals.Count() > 1)
            {
                verdict.Add(2, reversals.Key, $"applied {reversals.Count()} times");
            }
            else
            {
                CheckAnswers(evidence, verdict, reversals.First());
                CheckConflicts(evidence, verdict, reversals.First());
            }
        }
    }

    /// <summary>What was once taken is not given back, so a request that was applied can never have been
    /// refused for what is left; and one that is there in one wording only conflicts with nothing.</summary>
    static void CheckAnswers(Evidence evidence, Verdict verdict, ReversalRow reversal)
    {
        HeardEvent[] heard = [.. evidence.HeardOfKey[reversal.Key]];
        var answers = heard.Where(one => one.IsReversed).DistinctBy(one => one.EventId).Count();
        if (answers > 1)
        {
            verdict.Add(2, reversal.Key, $"the same request was answered with {answers} different events");
        }

        if (Wordings(evidence, reversal.Key) == 1 && heard.FirstOrDefault(one => !one.IsReversed
            && one.Body!.Reason is "ALREADY_REVERSED" or "EXCEEDS_REMAINING" or "IDEMPOTENCY_CONFLICT")
            is { } refused)
        {
            verdict.Add(2, reversal.Key,
                $"the same request was applied and refused as {refused.Body!.Reason}");
        }
    }

    /// <summary>Every confirmed request of other content has its own refusal.</summary>
    static void CheckConflicts(Evidence evidence, Verdict verdict, ReversalRow reversal)
    {
        var others = evidence.Asked[reversal.Key].Count(request => request.Outcome == SendOutcome.Ok
            && request.WellFormed && !Effects.Fits(evidence, request, reversal));
        var refusals = evidence.HeardOfKey[reversal.Key].Count(heard => !heard.IsReversed);
        if (refusals < others)
        {
            verdict.Add(2, reversal.Key,
                $"{others} requests of other content than was applied, but {refusals} refusals");
        }
    }

    /// <summary>How many different requests were sent under a key.</summary>
    internal static int Wordings(Evidence evidence, Key key) =>
        evidence.Asked[key]
            .Select(one => (one.ReferenceId, one.PaymentRef, one.Amount, one.VirtualAccount))
            .Distinct().Count();
}
