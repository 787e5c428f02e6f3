namespace Reversals.Tests.Chaos;

/// <summary>Invariant 6: what is heard of a bill for the first time is never older than what was heard
/// before, on each exchange for itself. What the broker marks as delivered again may come late: AMQP keeps no
/// order for it, and subscribers go by <c>bill_version</c>.</summary>
static class Order
{
    internal static void Check(Evidence evidence, Verdict verdict)
    {
        Dictionary<(string Exchange, string Bill), long> latest = [];
        foreach (var heard in evidence.Heard.DistinctBy(heard => heard.EventId))
        {
            if (heard.Body is not { Hash: { } hash, ClientId: { } client } body)
            {
                continue;
            }

            if (Version(body) is not { } version)
            {
                verdict.Add(
                    6, heard.Key ?? new Key(client, "-"), $"bill_version is {body.BillVersion ?? "missing"}");
                continue;
            }

            // A refusal leaves the bill's version as it is, so several may tell the same.
            var bill = (heard.Heard.Exchange, $"{client}/{hash}");
            if (latest.TryGetValue(bill, out var before)
                && (heard.IsReversed ? version <= before : version < before))
            {
                if (heard.Heard.Redelivered && version != before)
                {
                    continue;
                }

                Tell(evidence, verdict, heard, $"bill_version {version} was heard after {before}");
            }

            latest[bill] = version;
        }

        foreach (var bill in evidence.After.Bills.Values)
        {
            var rise = bill.Version - evidence.Before.Bills.GetValueOrDefault(bill.Id, bill).Version;
            var reversals = evidence.ReversalsOfBill[bill.Id].Count();
            if (rise < reversals || (rise > reversals && !evidence.AddedToBill[bill.Id].Any()))
            {
                verdict.Add(6, bill.Id, $"its version rose by {rise} with {reversals} reversals");
            }
        }
    }

    internal static long? Version(EventBody? body) =>
        long.TryParse(body?.BillVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : null;

    static void Tell(Evidence evidence, Verdict verdict, HeardEvent heard, string text)
    {
        if (heard.EventId is { } id && evidence.ReversalsOfEvent[id].FirstOrDefault() is { } reversal)
        {
            verdict.Add(6, reversal.BillId, $"{reversal.ReferenceId}: {text}");
        }
        else
        {
            verdict.Add(6, heard.Key ?? new Key("-", "-"), text);
        }
    }
}
