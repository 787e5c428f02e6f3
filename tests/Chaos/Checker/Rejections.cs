namespace Reversals.Tests.Chaos;

/// <summary>Invariants 3, 4 and 9 again: a refusal is an answer only if it is true and somebody asked. Only
/// what the end of the run still proves is held against it: what was once taken stays taken.</summary>
static class Rejections
{
    internal static void Check(Evidence evidence, Verdict verdict)
    {
        foreach (var heard in evidence.Heard
            .Where(heard => !heard.IsReversed && heard.Body is not null).DistinctBy(heard => heard.EventId))
        {
            if (evidence.IsToBroken(heard))
            {
                CheckBroken(evidence, verdict, heard.Body!);
                continue;
            }

            if (heard.Key is not { } key)
            {
                verdict.Add(4, $"the event {heard.Heard.EventId} answers nobody");
                continue;
            }

            Sent[] asked = [.. evidence.Asked[key]];
            if (asked.Length == 0)
            {
                var forged = evidence.Forged[key].Any();
                verdict.Add(forged ? 9 : 4, key, forged
                    ? "answered, and nobody who may has signed it"
                    : "refused, and nobody has asked");
            }
            else if (Untrue(evidence, key, asked, heard.Body!.Reason))
            {
                verdict.Add(3, key, $"refused as {heard.Body!.Reason}, which is not true");
            }
        }
    }

    static void CheckBroken(Evidence evidence, Verdict verdict, EventBody body)
    {
        if (!evidence.Broken[body.ClientId!].Any())
        {
            verdict.Add(4, $"the event {body.EventId} answers a request that nobody sent");
        }
        else if (!BreaksTheRules(body.Reason))
        {
            verdict.Add(3, $"the event {body.EventId} says {body.Reason} of a request that breaks the rules");
        }
    }

    static bool BreaksTheRules(string? reason) => reason
        is "MALFORMED_BODY" or "INVALID_FIELD" or "NO_IDENTIFIER" or "AMOUNT_INVALID" or "VA_MALFORMED";

    static bool Untrue(Evidence evidence, Key key, Sent[] asked, string? reason) => reason switch
    {
        _ when BreaksTheRules(reason) => asked.All(request => request.WellFormed),
        _ when asked.All(request => !request.WellFormed) => true,
        "IDEMPOTENCY_CONFLICT" =>
            !evidence.Reversals[key].Any() || Duplicates.Wordings(evidence, key) == 1,
        "PAYMENT_NOT_FOUND" => asked.All(request => evidence.Named(request)?
            .Any(payment => evidence.Before.Payments.ContainsKey(payment.Id)) == true),
        "AMBIGUOUS_PAYMENT" => asked.All(request => evidence.Named(request) is { Count: 1 }),
        "ALREADY_REVERSED" => asked.All(request =>
            evidence.Named(request) is [var payment] && payment.ReversedAmount < payment.Amount),
        "EXCEEDS_REMAINING" => asked.All(request =>
            evidence.Named(request) is [var payment]
            && (request.Amount is null || request.Amount <= payment.Amount - payment.ReversedAmount)),
        "PARTIAL_NOT_ALLOWED" => asked.All(request =>
            evidence.Named(request) is [var payment]
            && evidence.After.Bills.GetValueOrDefault(payment.BillId)?.Type is not "close"),
        "INTERNAL_ERROR" => !asked.Any(Answers.FailsAlone),
        "LEDGER_INCONSISTENT" => asked.All(request =>
            evidence.Named(request) is [var payment] && !evidence.AddedToBill[payment.BillId].Any()
            && evidence.After.Bills.GetValueOrDefault(payment.BillId) is { } bill
            && (request.Amount ?? payment.Amount - payment.ReversedAmount) is > 0 and var amount
            && amount <= bill.PaidAmount),
        _ => false,
    };
}
