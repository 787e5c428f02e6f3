using Reversals.Contracts;

namespace Reversals;

/// <summary>Turns a decision into the event that answers the request.</summary>
public static class EventFactory
{
    /// <summary>The answer to an applied reversal.</summary>
    public static PaymentReversed For(
        Applied applied, ReversalRequest request, Guid eventId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(applied);
        ArgumentNullException.ThrowIfNull(request);
        var detail = new PaymentDetail
        {
            Id = applied.Payment.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            PaymentRefId = applied.Payment.PaymentRef,
            Channel = applied.Payment.Channel,
            Amount = applied.Amount,
            CreatedAt = now,
        };
        return new PaymentReversed
        {
            Rc = applied.Reason.Rc,
            Message = applied.Reason.Message,
            Timestamp = now,
            Data = Model(applied.Bill, applied.Payment, detail),
            EventId = eventId,
            ClientId = request.ClientId,
            ReferenceId = request.Key,
            PaymentRef = applied.Payment.PaymentRef,
            Amount = applied.Amount,
            Remaining = applied.Payment.Remaining,
            Reason = applied.Reason.Code,
            BillVersion = applied.Bill.Version,
        };
    }

    /// <summary>The answer to a rejected request.</summary>
    public static ReversalRejected For(
        Rejected rejected, ReversalRequest request, Guid eventId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(rejected);
        ArgumentNullException.ThrowIfNull(request);
        return new ReversalRejected
        {
            Rc = rejected.Rejection.Reason.Rc,
            Message = rejected.Rejection.Message,
            Timestamp = now,
            Data = rejected.Bill is { } bill ? Model(bill, rejected.Payment, detail: null) : null,
            EventId = eventId,
            ClientId = request.ClientId,
            ReferenceId = request.Key,
            PaymentRef = rejected.Payment?.PaymentRef ?? request.PaymentRef,
            Amount = request.Amount,
            Remaining = rejected.Payment?.Remaining,
            Reason = rejected.Rejection.Reason.Code,
            BillVersion = rejected.Bill?.Version,
            PendingUntil = rejected.PendingUntil,
        };
    }

    static Payment Model(Bill bill, BillPayment? payment, PaymentDetail? detail) => bill.Model with
    {
        TransactionRefId = payment?.ReferenceId ?? payment?.PaymentRef ?? "",
        Detail = detail,
    };
}
