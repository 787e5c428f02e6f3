namespace Reversals.Tests.Chaos;

/// <summary>Invariant 3: nothing is lost. Each confirmed delivery of an authentic request has an answer of
/// its own, and whatever may not be answered is kept in quarantine.</summary>
static class Answers
{
    /// <summary>Larger bodies are not read.</summary>
    const int LargestBody = 64 * 1024;

    internal static void Check(Evidence evidence, Verdict verdict)
    {
        var nameless = CheckKeys(evidence, verdict);
        CheckNameless(evidence, verdict, nameless);
        CheckQuarantined(evidence, verdict);
        CheckPending(evidence, verdict);
    }

    /// <summary>Whether a message must end in quarantine.</summary>
    internal static bool IsPoison(Sent sent) => !sent.Authentic || IsTooLarge(sent);

    /// <summary>Whether it is about a bill that nobody can change: quarantined, and answered.</summary>
    internal static bool FailsAlone(Sent sent) =>
        sent.Class.Contains("alone", StringComparison.OrdinalIgnoreCase);

    internal static bool IsTooLarge(Sent sent) =>
        sent.Body.Length > LargestBody || sent.Class.Contains("header", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns, by client, how many answers must come without a reference.</summary>
    static Dictionary<string, int> CheckKeys(Evidence evidence, Verdict verdict)
    {
        var nameless = evidence.Sent
            .Where(sent => sent is { Authentic: true, Outcome: SendOutcome.Ok, ClientId: not null }
                && !IsPoison(sent) && Key.Of(sent) is null)
            .CountBy(sent => sent.ClientId!, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        foreach (var asked in evidence.Asked)
        {
            Sent[] confirmed =
                [.. asked.Where(sent => sent.Outcome == SendOutcome.Ok && !IsPoison(sent))];
            var missing = confirmed.Length - evidence.HeardOfKey[asked.Key].Count();

            // Of a body that breaks the rules the worker may not know the reference; then it answers without.
            var unread = Math.Min(Math.Max(missing, 0), confirmed.Count(sent => !sent.WellFormed));
            nameless[asked.Key.ClientId] = nameless.GetValueOrDefault(asked.Key.ClientId) + unread;
            if (missing > unread)
            {
                verdict.Add(3, asked.Key,
                    $"{confirmed.Length} confirmed requests, {missing - unread} unanswered");
            }
        }

        return nameless;
    }

    static void CheckNameless(Evidence evidence, Verdict verdict, Dictionary<string, int> expected)
    {
        // Copies count: of messages that nothing tells apart, one may be told the event of another.
        var heard = evidence.Heard.Where(evidence.IsToBroken)
            .CountBy(one => one.Body!.ClientId!, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        foreach (var (client, count) in expected)
        {
            if (heard.GetValueOrDefault(client) < count)
            {
                verdict.Add(3, $"{client}: {count} confirmed requests without a readable reference, " +
                    $"but {heard.GetValueOrDefault(client)} answers to such requests");
            }
        }
    }

    static void CheckQuarantined(Evidence evidence, Verdict verdict)
    {
        var kept = evidence.After.Quarantine
            .CountBy(row => Convert.ToHexString(row.Digest), StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        foreach (var sent in evidence.SentOfBody)
        {
            // The very same message again is kept once.
            Sent[] poison =
            [
                .. sent.Where(one => one.Outcome == SendOutcome.Ok && (IsPoison(one) || FailsAlone(one)))
                    .DistinctBy(one => (one.ClientId, one.Signature)),
            ];
            var rows = kept.GetValueOrDefault(sent.Key);
            if (rows >= poison.Length)
            {
                continue;
            }

            var text = $"#{poison[0].Number} ({poison[0].Class}): {poison.Length} of this body belong into " +
                $"quarantine, {rows} are there";
            if (Key.Of(poison[0]) is { } key)
            {
                verdict.Add(3, key, text);
            }
            else
            {
                verdict.Add(3, text);
            }
        }
    }

    /// <summary>Who was told to wait for a payment, and the payment came, must hear more than that.</summary>
    static void CheckPending(Evidence evidence, Verdict verdict)
    {
        foreach (var asked in evidence.Asked)
        {
            if (!evidence.Reversals[asked.Key].Any()
                && evidence.HeardOfKey[asked.Key].Where(heard => heard.EventId is not null)
                    .MaxBy(heard => evidence.Events.GetValueOrDefault(heard.EventId!.Value)?.OccurredAt)
                    is { Body.PendingUntil: not null }
                && asked.Any(sent => evidence.Named(sent) is { Count: > 0 }))
            {
                verdict.Add(3, asked.Key, "was told to wait for its payment, which came; nothing followed");
            }
        }
    }
}
