using System.Globalization;
using Reversals.Contracts;

namespace Reversals.Worker.Operations;

/// <summary>One thing that happened to a reference, in plain words.</summary>
sealed record Step
{
    /// <summary>When; null: it is so now, and since when is not known.</summary>
    public DateTime? At { get; init; }

    /// <summary>
    /// <c>paid</c>, <c>received</c>, <c>quarantined</c>, <c>replayed</c>, <c>discarded</c>, <c>decided</c>,
    /// <c>committed</c>, <c>remembered</c>, <c>waiting</c> or <c>published</c>.
    /// </summary>
    public required string Stage { get; init; }

    public string? ClientId { get; init; }

    /// <summary>The reason or cause, where there is one.</summary>
    public string? Reason { get; init; }

    public required string Text { get; init; }

    /// <summary>The history in order; what has no time comes where it belongs, after what led to it.</summary>
    internal static IReadOnlyList<Step> Of(Known known) =>
    [
        .. known.Payments.Select(Paid)
            .Concat(known.Quarantined.SelectMany(Quarantined))
            .Concat(known.Answers.SelectMany(answer => Answered(answer, known)))
            .Concat(known.Pending.SelectMany(Remembered))
            .OrderBy(dated => dated.Order)
            .Select(dated => dated.Step),
    ];

    static (DateTime Order, Step Step) Paid(PaymentState payment) => (payment.PaidAt, new Step
    {
        At = payment.PaidAt,
        Stage = "paid",
        ClientId = payment.ClientId,
        Text = Say(
            $"Payment {payment.Id} of {payment.Amount} (payment_ref {payment.PaymentRef ?? "none"}, channel "
            + $"{payment.Channel ?? "none"}) on {payment.BillType} bill {payment.BillId}. Of it "
            + $"{payment.ReversedAmount} is reversed now; the bill is {payment.BillStatus} with "
            + $"{payment.BillPaid} of {payment.BillTotal} paid, version {payment.BillVersion}."),
    });

    static IEnumerable<(DateTime Order, Step Step)> Quarantined(QuarantineEntry entry)
    {
        yield return (entry.ReceivedAt, new Step
        {
            At = entry.ReceivedAt,
            Stage = "quarantined",
            ClientId = entry.ClientId,
            Reason = entry.Cause,
            Text = Say(
                $"Received and kept as row {entry.Id} of the quarantine: {entry.Detail}. ")
                + Explanation.Of(entry.Cause)
                + (entry.Resolution is null ? " Nobody has dealt with it yet." : ""),
        });
        if (entry is { Resolution: { } resolution, ResolvedAt: { } at })
        {
            yield return (at, new Step
            {
                At = at,
                Stage = resolution,
                ClientId = entry.ClientId,
                Text = $"Row {entry.Id} was {resolution} by {entry.ResolvedBy}"
                    + (entry.ResolutionNote is { } note ? $": {note}" : "."),
            });
        }
    }

    static IEnumerable<(DateTime Order, Step Step)> Answered(AnswerEvent answer, Known known)
    {
        var reversal = known.Reversals.FirstOrDefault(one => one.EventId == answer.EventId);
        Step About(DateTime? at, string stage, string text) => new()
        {
            At = at, Stage = stage, ClientId = answer.ClientId, Reason = answer.Reason, Text = text,
        };

        yield return (answer.OccurredAt, About(answer.OccurredAt, "decided", Say(
            $"Request {answer.ReferenceId ?? "without reference_id"} for {answer.PaymentRef ?? "no payment_ref"}, "
            + $"amount {answer.Amount?.ToString(CultureInfo.InvariantCulture) ?? "not given"}: {answer.Reason}, ")
            + $"{answer.Message ?? answer.Rc}. {Explanation.Of(answer.Reason)}"
            + (answer.PendingUntil is { } until ? Say($" Remembered until {until.UtcDateTime:u}.") : "")));
        yield return (answer.OccurredAt, About(answer.OccurredAt, "committed", reversal is null
            ? $"Event {answer.EventId} ({answer.Kind}); nothing else was changed."
            : Say($"Event {answer.EventId} ({answer.Kind}) and {reversal.Amount} taken from payment "
                + $"{reversal.PaymentId} of bill {reversal.BillId}, in one commit.")));
        var waiting = known.Waiting.Where(one => one.EventId == answer.EventId).ToList();
        if (waiting.TrueForAll(one => one.Replayed))
        {
            yield return (answer.OccurredAt, About(
                at: null, "published", $"Confirmed by RabbitMQ, exchange {Exchange(answer.Kind)}."));
        }

        foreach (var one in waiting)
        {
            yield return (one.EnqueuedAt, About(one.EnqueuedAt, "waiting", Waiting(one)));
        }
    }

    static string Waiting(WaitingEvent one) => Say(
        $"Row {one.Id} of the outbox waits to be published{(one.Replayed ? " again" : "")} to "
        + $"{Exchange(one.Kind)}; {one.Attempts} attempts so far")
        + (one.IsLeased ? ", a worker has it at hand." :
            one.HeldUntil is { } until ? Say($", rests until {until:u}. Is a queue bound, is RabbitMQ well?")
            : ", to be taken next.");

    static IEnumerable<(DateTime Order, Step Step)> Remembered(PendingRequest request)
    {
        yield return (request.SentAt, new Step
        {
            At = request.SentAt,
            Stage = "received",
            ClientId = request.ClientId,
            Text = Say($"Request {request.ReferenceId ?? "without reference_id"} was sent."),
        });
        yield return (DateTime.MaxValue, new Step
        {
            Stage = "remembered",
            ClientId = request.ClientId,
            Reason = Contracts.Reason.PaymentNotFound.Code,
            Text = Say($"Waits for payment {request.PaymentRef ?? "(by its reference_id or account)"} until "
                + $"{request.PendingUntil:u}: applied when it appears, else refused for good."),
        });
    }

    static string Exchange(string kind) => kind is PaymentReversed.Kind
        ? Wire.PaymentReversedExchange
        : Wire.ReversalRejectedExchange;

    static string Say(FormattableString text) => FormattableString.Invariant(text);
}
