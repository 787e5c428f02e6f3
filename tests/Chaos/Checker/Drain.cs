namespace Reversals.Tests.Chaos;

/// <summary>Invariant 7: in the end nothing waits and nothing is kept but the poison that was planted; and
/// the tables' side of 11.</summary>
static class Drain
{
    internal static void Check(Evidence evidence, QueueCounts queues, Verdict verdict)
    {
        foreach (var id in evidence.After.Outbox)
        {
            var row = evidence.Events.GetValueOrDefault(id);
            verdict.Add(7, new Key(row?.ClientId ?? "-", row?.ReferenceId ?? "-"),
                $"the event {id} still waits in the outbox");
        }

        foreach (var row in evidence.After.Quarantine)
        {
            CheckKept(evidence, verdict, row);
        }

        foreach (var key in evidence.After.Pending.Where(key => evidence.Reversals[key].Any()
            && Duplicates.Wordings(evidence, key) == 1))
        {
            verdict.Add(7, key, "applied, and still waits for its payment");
        }

        if (queues.Requests > 0 || queues.DeadLetters > 0)
        {
            verdict.Add(7, $"{queues.Requests} messages wait in the request queue, " +
                $"{queues.DeadLetters} among the dead letters");
        }

        foreach (var name in queues.Others)
        {
            verdict.Add(7, $"{name} stands on the broker and is nobody's");
        }

        if (evidence.After.IdleSessions > 0)
        {
            verdict.Add(11, $"{evidence.After.IdleSessions} sessions are idle in transaction");
        }
    }

    static void CheckKept(Evidence evidence, Verdict verdict, QuarantineRow row)
    {
        Sent[] sent = [.. evidence.SentOfBody[Convert.ToHexString(row.Digest)]];
        var planted = sent.Any(one => row.Cause switch
        {
            "SIGNATURE_MISSING" or "SIGNATURE_INVALID" or "CLIENT_UNKNOWN" => !one.Authentic,
            "BODY_TOO_LARGE" or "HEADERS_TOO_LARGE" => Answers.IsTooLarge(one),
            "INTERNAL_ERROR" => Answers.FailsAlone(one),
            _ => false,
        });
        if (planted)
        {
            return;
        }

        var text = $"quarantined as {row.Cause}, which nobody planted";
        if (sent.FirstOrDefault() is { } first && Key.Of(first) is { } key)
        {
            verdict.Add(7, key, text);
        }
        else
        {
            verdict.Add(7, $"row {row.Id} {text}");
        }
    }
}
