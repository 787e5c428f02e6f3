namespace Reversals.Tests.Chaos;

/// <summary>Invariants 4 and 9: every effect was asked for by somebody who may, as it was done; and every
/// event of a reversal tells one that is there.</summary>
static class Effects
{
    internal static void Check(Evidence evidence, Verdict verdict)
    {
        foreach (var reversal in evidence.After.Reversals)
        {
            CheckAsked(evidence, verdict, reversal);
            CheckPlace(evidence, verdict, reversal);
        }

        foreach (var row in evidence.Events.Values.Where(row => row.Kind is "payment.reversal"))
        {
            if (evidence.ReversalsOfEvent[row.EventId].Count() != 1)
            {
                verdict.Add(4, new Key(row.ClientId, row.ReferenceId ?? "-"),
                    $"the event {row.EventId} belongs to {evidence.ReversalsOfEvent[row.EventId].Count()} " +
                    "reversals");
            }
        }

        foreach (var heard in evidence.Heard
            .Where(heard => heard.IsReversed).DistinctBy(heard => heard.EventId))
        {
            CheckTold(evidence, verdict, heard);
        }
    }

    /// <summary>Whether this request asks for just this.</summary>
    internal static bool Fits(Evidence evidence, Sent request, ReversalRow reversal) =>
        request.WellFormed
        && (request.Amount is null || request.Amount == reversal.Amount)
        && evidence.After.Payments.GetValueOrDefault(reversal.PaymentId) is { } payment
        && (request.VirtualAccount is null
            || payment.VaNumber.EndsWith(request.VirtualAccount, StringComparison.Ordinal))
        && (evidence.Named(request) is { } named
            ? named.Any(one => one.Id == payment.Id)
            : request.VirtualAccount is not null);

    static void CheckAsked(Evidence evidence, Verdict verdict, ReversalRow reversal)
    {
        Sent[] asked = [.. evidence.Asked[reversal.Key]];
        if (asked.Length == 0)
        {
            var forged = evidence.Forged[reversal.Key].Any();
            verdict.Add(forged ? 9 : 4, reversal.Key, forged
                ? "applied, and nobody who may has signed it"
                : "applied, and nobody has asked for it");
            return;
        }

        Sent[] fitting = [.. asked.Where(request => Fits(evidence, request, reversal))];
        if (fitting.Length == 0)
        {
            verdict.Add(4, reversal.Key, asked.Any(request => request.WellFormed)
                ? $"{reversal.Amount} was taken of payment {reversal.PaymentId}, which nobody asked for"
                : "applied, although the request breaks the rules");
            return;
        }

        CheckWhole(evidence, verdict, reversal, fitting);
    }

    /// <summary>Without an amount, without a reference, or of a close bill, nothing may be left; and a
    /// virtual account alone may not have meant another payment as well.</summary>
    static void CheckWhole(Evidence evidence, Verdict verdict, ReversalRow reversal, Sent[] fitting)
    {
        var close = evidence.After.Bills.GetValueOrDefault(reversal.BillId)?.Type is "close";
        var whole = close || fitting.All(one => one.Amount is null || evidence.Named(one) is null);
        if (whole && evidence.BodyOf(reversal) is { Remaining: not "0" } body)
        {
            verdict.Add(4, reversal.Key,
                $"{body.Remaining} is left of a payment that may only go as a whole");
        }

        if (fitting.All(request => evidence.Named(request) is null)
            && Rivals(evidence, reversal, fitting[0]).Any())
        {
            verdict.Add(4, reversal.Key, "the virtual account alone meant several payments; one was guessed");
        }
    }

    /// <summary>Payments that nobody has touched from the beginning to the end, and that this request meant
    /// as well.</summary>
    static IEnumerable<PaymentRow> Rivals(Evidence evidence, ReversalRow reversal, Sent request) =>
        evidence.PaymentsOfVaEnd[new Key(request.ClientId!, Evidence.VaEnd(request.VirtualAccount!))]
            .Where(payment => payment.Id != reversal.PaymentId && payment.ReversedAmount == 0
                && evidence.Before.Payments.ContainsKey(payment.Id)
                && payment.VaNumber.EndsWith(request.VirtualAccount!, StringComparison.Ordinal)
                && (request.Amount is null || request.Amount == payment.Amount));

    static void CheckPlace(Evidence evidence, Verdict verdict, ReversalRow reversal)
    {
        if (!evidence.After.Payments.TryGetValue(reversal.PaymentId, out var payment)
            || !evidence.After.Bills.TryGetValue(reversal.BillId, out var bill)
            || payment.BillId != bill.Id)
        {
            verdict.Add(4, reversal.Key, "its payment or bill is not there, or they do not belong together");
        }
        else if (!string.Equals(payment.ClientId, reversal.ClientId, StringComparison.Ordinal)
            || !string.Equals(bill.ClientId, reversal.ClientId, StringComparison.Ordinal))
        {
            verdict.Add(4, reversal.Key, $"payment {payment.Id} is {payment.ClientId}'s");
        }
    }

    static void CheckTold(Evidence evidence, Verdict verdict, HeardEvent heard)
    {
        var key = heard.Key ?? new Key("-", heard.Heard.EventId);
        ReversalRow[] told = heard.EventId is { } id ? [.. evidence.ReversalsOfEvent[id]] : [];
        if (told is not [var reversal])
        {
            verdict.Add(4, key, $"the event {heard.Heard.EventId} tells of {told.Length} reversals");
            return;
        }

        var payment = evidence.After.Payments.GetValueOrDefault(reversal.PaymentId);
        if (heard.Key != reversal.Key
            || !string.Equals(heard.Body!.Amount, EventBody.Spell(reversal.Amount), StringComparison.Ordinal)
            || !string.Equals(heard.Body.PaymentRef, payment?.PaymentRef, StringComparison.Ordinal))
        {
            verdict.Add(4, reversal.Key,
                $"the event tells {heard.Body?.Amount} of {heard.Body?.PaymentRef}, " +
                $"{EventBody.Spell(reversal.Amount)} of {payment?.PaymentRef} was taken");
        }
    }
}
