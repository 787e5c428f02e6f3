using Reversals.Contracts;
using Dated = (System.DateTime Order, Reversals.Operations.Queries.TimelineEntry Entry);
using static System.Globalization.CultureInfo;

namespace Reversals.Operations.Queries;

/// <summary>One thing that happened to a reference, in plain words.</summary>
sealed record TimelineEntry
{
    /// <summary>When; null: it is so now, and since when is not history.</summary>
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

    /// <summary>It belongs to a request that changed nothing.</summary>
    internal bool IsRejection { get; init; }

    /// <summary>
    /// In order: an entry without a time stands after the one that led to it, and what led to a decision
    /// before it, whatever the clocks of the biller and of the sender said. How it is now stands last.
    /// </summary>
    internal static IReadOnlyList<TimelineEntry> Of(ReferenceHistory history)
    {
        TimelineEntry[] entries =
        [
            .. history.Payments.Select(payment => Paid(payment, history))
                .Concat(history.Quarantined.SelectMany(Quarantined))
                .Concat(history.Pending.Select(request => Received(request, history)))
                .Concat(history.Events.SelectMany(decision => Decided(decision, history)))
                .Concat(history.Pending.Select(Remembered))
                .OrderBy(dated => dated.Order)
                .Select(dated => dated.Entry),
        ];
        return entries is [.. var before, var last]
            ? [.. before, last with { Text = last.Text + string.Concat(history.Payments.Select(Now)) }]
            : entries;
    }

    static Dated Paid(PaymentState payment, ReferenceHistory history) => (
        Earliest(
            payment.PaidAt,
            history.Reversals.Where(one => one.PaymentId == payment.Id).Select(one => one.ReversedAt)), new()
    {
        At = payment.PaidAt,
        Stage = "paid",
        ClientId = payment.ClientId,
        Text = string.Create(
            InvariantCulture,
            $"Payment {payment.Id} of {payment.Amount} (payment_ref {payment.PaymentRef ?? "none"}, " +
            $"channel {payment.Channel ?? "none"}) on {payment.BillType} bill {payment.BillId}."),
    });

    static string Now(PaymentState payment) => string.Create(
        InvariantCulture,
        $" Of payment {payment.Id} {payment.ReversedAmount} is reversed now; the bill is " +
        $"{payment.BillStatus} with {payment.BillPaid} of {payment.BillTotal} paid, version " +
        $"{payment.BillVersion}.");

    static DateTime Earliest(DateTime own, IEnumerable<DateTime> others) => others.Append(own).Min();

    static IEnumerable<Dated> Quarantined(QuarantineEntry entry)
    {
        var open = entry.Resolution is null ? " Nobody has dealt with it yet." : "";
        yield return (entry.ReceivedAt, new TimelineEntry
        {
            At = entry.ReceivedAt,
            Stage = "quarantined",
            ClientId = entry.ClientId,
            Reason = entry.Cause,
            Text = string.Create(
                InvariantCulture,
                $"Received and kept as row {entry.Id} of the quarantine: {entry.Detail}. " +
                $"{ReasonDescriptions.Of(entry.Cause)}{open}"),
        });
        if (entry is { Resolution: { } resolution, ResolvedAt: { } at })
        {
            yield return (at, new TimelineEntry
            {
                At = at,
                Stage = resolution,
                ClientId = entry.ClientId,
                Text = string.Create(
                    InvariantCulture,
                    $"Row {entry.Id} was {resolution} by {entry.ResolvedBy}: " +
                    $"{entry.ResolutionNote ?? "no note"}."),
            });
        }
    }

    static IEnumerable<Dated> Decided(
        DecisionEvent decision, ReferenceHistory history)
    {
        Dated About(DateTime order, string stage, string text, bool timed = true) =>
            (order, new TimelineEntry
            {
                At = timed ? order : null,
                Stage = stage,
                ClientId = decision.ClientId,
                Reason = decision.Reason,
                Text = text,
                IsRejection = decision.Kind is ReversalRejected.Kind,
            });

        yield return About(decision.OccurredAt, "decided", Explain(decision)
            + EarlierReversal.Explain(decision, history.Earlier));
        yield return About(decision.OccurredAt, "committed", Committed(
            decision, history.Reversals.FirstOrDefault(one => one.EventId == decision.EventId))
            + decision.Anonymised);
        var waiting = history.Waiting.Where(one => one.EventId == decision.EventId).ToList();
        if (waiting.TrueForAll(one => one.Replayed))
        {
            yield return About(
                decision.OccurredAt, "published",
                $"Confirmed by RabbitMQ, exchange {Exchange(decision.Kind)}.", timed: false);
        }

        foreach (var one in waiting)
        {
            yield return About(
                one.EnqueuedAt > decision.OccurredAt ? one.EnqueuedAt : decision.OccurredAt, "waiting",
                Waiting(one));
        }
    }

    static string Explain(DecisionEvent decision)
    {
        var remembered = decision.PendingUntil is { } until
            ? string.Create(InvariantCulture, $" Remembered until {until.UtcDateTime:u}.")
            : "";
        var amount = decision.Amount?.ToString(InvariantCulture) ?? "not given";
        return $"Request {decision.ReferenceId ?? "without reference_id"} for payment_ref " +
            $"{decision.PaymentRef ?? "(none)"}, amount {amount}: {decision.Reason}, " +
            $"{decision.Message ?? decision.Rc}. {ReasonDescriptions.Of(decision.Reason)}{remembered}";
    }

    static string Committed(DecisionEvent decision, AppliedReversal? reversal) => reversal is null
        ? $"Event {decision.EventId} ({decision.Kind}); nothing else was changed."
        : string.Create(
            InvariantCulture,
            $"Event {decision.EventId} ({decision.Kind}), and {reversal.Amount} taken from payment " +
            $"{reversal.PaymentId} of bill {reversal.BillId}, in one commit.");

    static string Waiting(WaitingEvent one)
    {
        var next = one.IsLeased ? "a worker has claimed it"
            : one.HeldUntil is { } until
                ? string.Create(
                    InvariantCulture, $"next try at {until:u}: is RabbitMQ well, a queue bound, none full?")
            : "to be taken next";
        return string.Create(
            InvariantCulture,
            $"Row {one.Id} of the outbox waits to be published{(one.Replayed ? " again" : "")} to " +
            $"{Exchange(one.Kind)}; {one.Attempts} attempts so far, {next}");
    }

    static Dated Received(PendingRequest request, ReferenceHistory history) => (
        Earliest(
            request.SentAt,
            history.Events.Where(one => one.PendingUntil is not null && IsOf(one, request))
                .Select(one => one.OccurredAt)), new()
    {
        At = request.SentAt,
        Stage = "received",
        ClientId = request.ClientId,
        Text = $"Request {request.ReferenceId ?? "without reference_id"} was sent.",
    });

    static bool IsOf(DecisionEvent decision, PendingRequest request) =>
        string.Equals(decision.ClientId, request.ClientId, StringComparison.Ordinal)
        && (request.ReferenceId is { } key
            ? string.Equals(decision.ReferenceId, key, StringComparison.Ordinal)
            : string.Equals(decision.PaymentRef, request.PaymentRef, StringComparison.Ordinal));

    static Dated Remembered(PendingRequest request) => (DateTime.MaxValue, new()
    {
        Stage = "remembered",
        ClientId = request.ClientId,
        Reason = Contracts.Reason.PaymentNotFound.Code,
        Text = string.Create(
            InvariantCulture,
            $"Waits for payment {request.PaymentRef ?? "(by its reference_id or account)"} until " +
            $"{request.PendingUntil:u}: applied when it appears, else refused for good."),
    });

    static string Exchange(string kind) => kind is PaymentReversed.Kind
        ? Wire.PaymentReversedExchange
        : Wire.ReversalRejectedExchange;
}
