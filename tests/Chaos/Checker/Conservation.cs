namespace Reversals.Tests.Chaos;

/// <summary>Invariant 1: what was taken is missing where it was taken from, and nowhere else.</summary>
static class Conservation
{
    internal static void Check(Evidence evidence, Verdict verdict)
    {
        foreach (var payment in evidence.After.Payments.Values)
        {
            CheckPayment(evidence, verdict, payment);
        }

        foreach (var bill in evidence.After.Bills.Values)
        {
            CheckBill(evidence, verdict, bill);
        }

        if (evidence.Before.Payments.Keys.Except(evidence.After.Payments.Keys).Any()
            || evidence.Before.Bills.Keys.Except(evidence.After.Bills.Keys).Any())
        {
            verdict.Add(1, "bills or payments are gone");
        }

        var before = evidence.Before.Bills.Values.Sum(bill => bill.PaidAmount)
            + evidence.Added.Sum(payment => payment.Amount);
        var taken = evidence.After.Reversals.Sum(reversal => reversal.Amount);
        var after = evidence.After.Bills.Values.Sum(bill => bill.PaidAmount);
        if (before - taken != after)
        {
            verdict.Add(1, $"in total {before} was paid and {taken} taken, but {after} is left");
        }
    }

    static void CheckPayment(Evidence evidence, Verdict verdict, PaymentRow payment)
    {
        var before = evidence.Before.Payments.GetValueOrDefault(payment.Id);
        if (before is null && !evidence.AddedIds.Contains(payment.Id))
        {
            verdict.Add(1, payment.BillId, $"payment {payment.Id} was made by nobody");
        }
        else if (before is not null && before with { ReversedAmount = payment.ReversedAmount } != payment)
        {
            verdict.Add(1, payment.BillId, $"payment {payment.Id} changed in more than its reversed_amount");
        }

        var taken = (before?.ReversedAmount ?? 0)
            + evidence.ReversalsOfPayment[payment.Id].Sum(reversal => reversal.Amount);
        if (taken != payment.ReversedAmount)
        {
            verdict.Add(1, payment.BillId,
                $"payment {payment.Id} has reversed_amount {payment.ReversedAmount}, {taken} was taken");
        }

        if (taken > payment.Amount)
        {
            verdict.Add(1, payment.BillId, $"{taken} was taken of payment {payment.Id} of {payment.Amount}");
        }

        CheckTold(evidence, verdict, payment, before?.ReversedAmount ?? 0);
    }

    static void CheckBill(Evidence evidence, Verdict verdict, BillRow bill)
    {
        if (!evidence.Before.Bills.TryGetValue(bill.Id, out var before))
        {
            verdict.Add(1, bill.Id, "was made by nobody");
            return;
        }

        if (!string.Equals(before.Rest, bill.Rest, StringComparison.Ordinal))
        {
            verdict.Add(1, bill.Id, "changed in more than paid_amount, status and version");
        }

        ReversalRow[] reversals = [.. evidence.ReversalsOfBill[bill.Id]];
        var added = evidence.AddedToBill[bill.Id].Sum(payment => payment.Amount);
        var taken = reversals.Sum(reversal => reversal.Amount);
        if (before.PaidAmount + added - taken != bill.PaidAmount)
        {
            verdict.Add(1, bill.Id, $"{before.PaidAmount + added} was paid and {taken} taken, " +
                $"but paid_amount is {bill.PaidAmount}");
        }

        if (added == 0 && !StatusFits(before, bill, reversals))
        {
            verdict.Add(1, bill.Id, $"the status {bill.Status} does not follow from its amounts");
        }

        if (added == 0)
        {
            CheckTold(evidence, verdict, before, reversals);
        }
    }

    static bool StatusFits(BillRow before, BillRow bill, ReversalRow[] reversals) => 0 switch
    {
        _ when reversals.Length == 0 || before.Status is "void" =>
            string.Equals(bill.Status, before.Status, StringComparison.Ordinal),
        _ when bill.Type is "open" => bill.Status is "active",
        _ when bill.PaidAmount >= bill.TotalAmount => bill.Status is "paid",
        _ when bill.ValidUntil < reversals.Max(reversal => reversal.ReversedAt) => bill.Status is "expired",
        _ => bill.Status is "active" || (bill.Status is "reversal" && bill.PaidAmount == 0),
    };

    /// <summary>The events of a payment must tell how it was taken piece by piece.</summary>
    static void CheckTold(Evidence evidence, Verdict verdict, PaymentRow payment, decimal reversed)
    {
        foreach (var (reversal, body) in Told(evidence, evidence.ReversalsOfPayment[payment.Id]))
        {
            reversed += reversal.Amount;
            var expected = EventBody.Spell(payment.Amount - reversed);
            if (!string.Equals(body.Remaining, expected, StringComparison.Ordinal))
            {
                verdict.Add(1, reversal.Key,
                    $"the event tells remaining {body.Remaining}, {expected} was left");
            }
        }
    }

    /// <summary>The events of a bill must tell how it sank step by step.</summary>
    static void CheckTold(Evidence evidence, Verdict verdict, BillRow before, ReversalRow[] reversals)
    {
        var paid = before.PaidAmount;
        foreach (var (reversal, body) in Told(evidence, reversals))
        {
            paid -= reversal.Amount;
            if (!string.Equals(body.PaidAmount, EventBody.Spell(paid), StringComparison.Ordinal))
            {
                verdict.Add(1, reversal.Key,
                    $"the event tells paid_amount {body.PaidAmount}, {EventBody.Spell(paid)} was paid");
            }
        }
    }

    /// <summary>In the order of the bill's versions; nothing when one was not heard, which is told
    /// elsewhere.</summary>
    static IEnumerable<(ReversalRow Reversal, EventBody Body)> Told(
        Evidence evidence, IEnumerable<ReversalRow> reversals)
    {
        (ReversalRow Reversal, EventBody? Body)[] told =
            [.. reversals.Select(reversal => (reversal, evidence.BodyOf(reversal)))];
        return told.All(one => Order.Version(one.Body) is not null)
            ? told.OrderBy(one => Order.Version(one.Body)).Select(one => (one.Reversal, one.Body!))
            : [];
    }
}
