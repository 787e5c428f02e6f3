using Reversals.Contracts;

namespace Reversals;

/// <summary>The decision: the same request, books, policy and time always give the same answer.</summary>
public static class ReversalPolicy
{
    /// <summary>
    /// Decides one request against the books; the first rule it breaks, in order of precedence, is named.
    /// </summary>
    public static ReversalDecision Decide(
        ReversalRequest request, Ledger ledger, ClientPolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(ledger);
        ArgumentNullException.ThrowIfNull(policy);

        var decision = DecideAnew(request, ledger, policy, now);
        return decision is Duplicate or NoEvent || ledger.ToldBefore(request) is not { } eventId
            ? decision
            : new ToldBefore { EventId = eventId, BillId = BillOf(decision)?.Id };
    }

    static ReversalDecision DecideAnew(
        ReversalRequest request, Ledger ledger, ClientPolicy policy, DateTimeOffset now)
    {
        if (request.Pending is { } remembered && !ledger.IsPending(remembered.Id))
        {
            return new NoEvent { EndsPending = false };
        }

        if (request.Rejection is { } refusal)
        {
            return new Rejected { Rejection = refusal };
        }

        var located = PaymentLocator.Locate(request, ledger, policy);
        var found = located.Payments;
        if (AppliedBefore.Find(request, located, ledger, policy) is { } stored)
        {
            return !AppliedBefore.SameContent(request, stored)
                    ? Reject(Reason.IdempotencyConflict, found, ledger)
                : request.Pending is null ? new Duplicate { Reversal = stored }
                : new NoEvent { EndsPending = true };
        }

        if (located.TooMany || found.Count > 1)
        {
            return Ambiguous(request, located, ledger);
        }

        if (located.Payment is not { } payment)
        {
            return NotFound(request, policy, now);
        }

        var bill = ledger.Bill(payment.BillId);
        var amount = request.Amount ?? payment.Remaining;
        return FirstBroken(request, bill, payment, amount, policy) is { } reason
            ? Reject(reason, found, ledger)
            : Apply(bill, payment, amount, policy, now);
    }

    static Rejected Ambiguous(ReversalRequest request, Located located, Ledger ledger)
    {
        var rejected = Reject(Reason.AmbiguousPayment, located.Payments, ledger);
        var message = located.TooMany
                ? $"more than {Ledger.MostHits} payments fit; give a payment_ref that only one of them has"
            : request.PaymentRef is not null
                ? "more than one payment has this payment_ref; give its virtual_account, channel and amount"
            : rejected.Rejection.Message;
        return rejected with { Rejection = rejected.Rejection with { Message = message } };
    }

    /// <summary>Messages of different streams overtake each other: it may still come.</summary>
    static ReversalDecision NotFound(ReversalRequest request, ClientPolicy policy, DateTimeOffset now)
    {
        if (request.Pending is { } remembered && now < remembered.Until)
        {
            return new NoEvent { EndsPending = false };
        }

        var waits = request.PendingFor < policy.PendingFor ? request.PendingFor.Value : policy.PendingFor;
        return new Rejected
        {
            Rejection = Rejection.For(Reason.PaymentNotFound),
            PendingUntil = request.Pending is null && waits > TimeSpan.Zero ? now + waits : null,
        };
    }

    static Reason? FirstBroken(
        ReversalRequest request, Bill bill, BillPayment payment, decimal amount, ClientPolicy policy) =>
        0 switch
        {
            _ when !PaymentLocator.SameVa(request, payment) => Reason.VaMismatch,
            _ when !PaymentLocator.SameChannel(request, payment) => Reason.ChannelMismatch,
            _ when request.TimeFor(payment) - payment.PaidAt > policy.ReversalWindow => Reason.WindowExpired,
            _ when payment.Remaining == 0 => Reason.AlreadyReversed,
            _ when amount > payment.Remaining => Reason.ExceedsRemaining,
            _ when amount < payment.Remaining && bill.Type == BillType.Close => Reason.PartialNotAllowed,
            _ when bill.PaidAmount < amount => Reason.LedgerInconsistent,
            _ => null,
        };

    static Applied Apply(
        Bill bill, BillPayment payment, decimal amount, ClientPolicy policy, DateTimeOffset now)
    {
        if (bill.Type == BillType.Unknown || bill.Status == BillStatus.Unknown)
        {
            throw new InvalidOperationException(
                $"bill {bill.Id}: its type or its status is a word without rules, so it cannot be changed. "
                + "Expected type open, close or partial, "
                + "and status paid, active, void, reversal or expired");
        }

        var after = payment with { ReversedAmount = payment.ReversedAmount + amount };
        var paid = bill.PaidAmount - amount;
        return new Applied
        {
            Reason = after.Remaining == 0 ? Reason.Reversed : Reason.PartiallyReversed,
            Payment = after,
            Amount = amount,
            Bill = bill with
            {
                Version = bill.Version + 1,
                Model = bill.Model with
                {
                    PaidAmount = paid,
                    Status = StatusAfter(bill, paid, policy, now),
                },
            },
        };
    }

    /// <summary>The state follows from the amounts; it is never an earlier state restored.</summary>
    static BillStatus StatusAfter(Bill bill, decimal paid, ClientPolicy policy, DateTimeOffset now) =>
        0 switch
        {
            _ when bill.Status == BillStatus.Void => BillStatus.Void,
            _ when bill.Type == BillType.Open => BillStatus.Active,
            _ when paid >= bill.TotalAmount => BillStatus.Paid,
            _ when bill.ValidUntil < now => BillStatus.Expired,
            _ when paid == 0 => policy.StatusAfterReversal,
            _ => BillStatus.Active,
        };

    static Bill? BillOf(ReversalDecision decision) => decision switch
    {
        Applied applied => applied.Bill,
        Rejected rejected => rejected.Bill,
        _ => null,
    };

    static Rejected Reject(Reason reason, IReadOnlyList<BillPayment> found, Ledger ledger) => new()
    {
        Rejection = Rejection.For(reason),
        Payment = found.Count == 1 ? found[0] : null,
        Bill = found.Count > 0 && found.All(payment => payment.BillId == found[0].BillId)
            ? ledger.Bill(found[0].BillId)
            : null,
    };
}
