namespace Reversals.Tests.Chaos;

/// <summary>Invariant 5: every answer is heard, as often as it likes, but always as the same bytes.</summary>
static class Copies
{
    internal static void Check(Evidence evidence, Verdict verdict)
    {
        var waiting = evidence.After.Outbox.ToHashSet();
        foreach (var row in evidence.Events.Values)
        {
            if (!evidence.Copies.Contains(row.EventId) && !waiting.Contains(row.EventId))
            {
                verdict.Add(5, new Key(row.ClientId, row.ReferenceId ?? "-"),
                    $"the event {row.EventId} was never heard");
            }
        }

        foreach (var reversal in evidence.After.Reversals
            .Where(row => !evidence.Events.ContainsKey(row.EventId)))
        {
            verdict.Add(5, reversal.Key, "has no event");
        }

        foreach (var heard in evidence.Heard)
        {
            if (Problem(evidence, heard) is { } problem)
            {
                verdict.Add(5, heard.Key ?? new Key("-", "-"), $"the event {heard.Heard.EventId} {problem}");
            }
        }
    }

    static string? Problem(Evidence evidence, HeardEvent heard)
    {
        if (heard.Body is not { } body)
        {
            return "is no JSON object";
        }

        if (heard.EventId is not { } id || !evidence.Events.TryGetValue(id, out var row))
        {
            return "is stored nowhere";
        }

        return 0 switch
        {
            _ when !row.Digest.AsSpan().SequenceEqual(heard.Digest) => "was heard in other bytes than stored",
            _ when !Guid.TryParse(body.EventId, out var inside) || inside != id => "has another id inside",
            _ when heard.IsReversed != (row.Kind is "payment.reversal")
                || !string.Equals(body.Event, row.Kind, StringComparison.Ordinal) => "is of another kind",
            _ when !string.Equals(heard.Heard.ClientId, row.ClientId, StringComparison.Ordinal) =>
                "names another client in its headers",
            _ => null,
        };
    }
}
