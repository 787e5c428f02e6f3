namespace Reversals.Tests.Chaos;

/// <summary>
/// Invariant 12: what a caller was told over HTTP is what the books say. Only "suspect" leaves it open.
/// </summary>
static class CallersTold
{
    const string Success = "SUCCESS", NotTaken = "BILLER_GATEWAY_INVALID_RESPONSE";

    internal static void Check(Evidence evidence, Verdict verdict)
    {
        Sent[] told = [.. evidence.Sent.Where(sent => sent.Told is not null)];
        if (told.Length == 0)
        {
            return;
        }

        var events = evidence.Heard.Where(heard => heard.Body?.Answer is not null)
            .DistinctBy(heard => heard.EventId)
            .ToLookup(heard => heard.Body!.Answer!, StringComparer.Ordinal);
        foreach (var sent in told)
        {
            if (Problem(evidence, events, sent) is { } problem)
            {
                Add(verdict, sent, problem);
            }
        }

        foreach (var reversal in evidence.After.Reversals)
        {
            CheckApplied(evidence, verdict, reversal);
        }
    }

    /// <summary>Null: all is well.</summary>
    static string? Problem(Evidence evidence, ILookup<string, HeardEvent> events, Sent sent)
    {
        var told = sent.Told!;
        if (told.Rc is not { } rc)
        {
            return $"status {told.Status} without the four fields in their order";
        }

        return (told.Status, rc) switch
        {
            (401, "BILLER_AUTHENTICATION") => sent.Authentic ? "turned away, and rightly signed" : null,
            (413, "BILLER_INVALID_TRANSACTION") =>
                Answers.IsTooLarge(sent) ? null : "turned away as too large, which it is not",
            (408, "BILLER_INVALID_TRANSACTION") or (503, NotTaken) => null,
            (200, _) when Answers.IsPoison(sent) => $"told {rc}, and nobody may ask for that",
            (200, Told.Suspect) => null,
            (200, _) => ProblemOf(evidence, events[told.Digest], sent, rc),
            _ => $"told {rc} with status {told.Status}",
        };
    }

    /// <summary>An answer is an event of the same request, byte by byte, and a yes one of what was done.</summary>
    static string? ProblemOf(Evidence evidence, IEnumerable<HeardEvent> same, Sent sent, string rc)
    {
        HeardEvent[] events = [.. same];
        if (events.Length == 0)
        {
            return $"told {rc} in bytes that no event has";
        }

        if (!events.Any(heard => IsTo(evidence, heard, sent)))
        {
            return $"told {rc}, which answers {events[0].Key?.ToString() ?? "another"}";
        }

        if (rc is not Success)
        {
            return events.Any(heard => heard.Body!.Reason is "IDEMPOTENCY_CONFLICT")
                && Key.Of(sent) is { } own && evidence.Reversals[own].Any(row => Effects.Fits(evidence, sent, row))
                    ? "told that it conflicts, and just this was applied"
                    : null;
        }

        ReversalRow[] rows = Key.Of(sent) is { } key ? [.. evidence.Reversals[key]] : [];
        return rows is not [var reversal] ? $"told {rc}, and there are {rows.Length} reversals"
            : !Effects.Fits(evidence, sent, reversal) ? $"told {rc}, and something else was applied"
            : events.All(heard => heard.EventId != reversal.EventId) ? $"told {rc} by another event"
            : null;
    }

    static bool IsTo(Evidence evidence, HeardEvent heard, Sent sent) =>
        string.Equals(heard.Body!.ClientId, sent.ClientId, StringComparison.Ordinal)
        && (sent.WellFormed ? heard.Key == Key.Of(sent) : evidence.IsToBroken(heard));

    /// <summary>Whoever was told no, or that nothing was sent, and does not ask again, finds nothing applied.</summary>
    static void CheckApplied(Evidence evidence, Verdict verdict, ReversalRow reversal)
    {
        Sent[] asked =
        [
            .. evidence.Asked[reversal.Key].Where(sent => Effects.Fits(evidence, sent, reversal)),
        ];
        if (asked.Length > 0 && asked.All(sent => sent.Outcome is SendOutcome.Fail
            || (sent.Outcome is SendOutcome.Ok && sent.Told is { Rc: not Success })))
        {
            verdict.Add(12, reversal.Key, "applied, and each caller that asked for it was told no: " +
                string.Join(", ", asked.Select(sent => $"{sent.Told?.Status} {sent.Told?.Rc}").Distinct(
                    StringComparer.Ordinal)));
        }
    }

    static void Add(Verdict verdict, Sent sent, string problem)
    {
        var text = $"#{sent.Number} ({sent.Class}): {problem}";
        if (Key.Of(sent) is { } key)
        {
            verdict.Add(12, key, text);
        }
        else
        {
            verdict.Add(12, text);
        }
    }
}
