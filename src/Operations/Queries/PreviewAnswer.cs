using Reversals.Contracts;
using Reversals.Processing.Inbound;

namespace Reversals.Operations.Queries;

/// <summary>What would become of a request.</summary>
enum PreviewDecision
{
    /// <summary>The payment is taken back, or a part of it.</summary>
    Applied,

    /// <summary>It was applied before and is told so again.</summary>
    Duplicate,

    /// <summary>It waits for its payment.</summary>
    Pending,

    /// <summary>A business no.</summary>
    Rejected,

    /// <summary>Nobody is answered who is not known; and what fails alone is answered as well.</summary>
    Quarantined,
}

/// <summary>A bill as it would stand afterwards.</summary>
sealed record PreviewBill
{
    public required string Status { get; init; }
    public required decimal PaidAmount { get; init; }
    public required long? Version { get; init; }
}

/// <summary>What the worker would answer now, without what is about a customer.</summary>
sealed record PreviewAnswer
{
    public required PreviewDecision Decision { get; init; }

    /// <summary>The reason of the event, or the cause in quarantine.</summary>
    public required string Reason { get; init; }

    public required string Meaning { get; init; }

    /// <summary>Null: nobody is answered, or the stored event is sent again.</summary>
    public string? Rc { get; init; }

    public string? Message { get; init; }
    public required string ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public decimal? Amount { get; init; }

    /// <summary>What would be left of the payment.</summary>
    public decimal? Remaining { get; init; }

    public PreviewBill? Bill { get; init; }
    public DateTimeOffset? PendingUntil { get; init; }

    /// <summary>The stored event that would be sent again; null: there would be a new one, or none.</summary>
    public Guid? EventId { get; init; }

    internal bool IsRefused => Decision is PreviewDecision.Rejected or PreviewDecision.Quarantined;

    internal static PreviewAnswer Of(PreviewedMessage found, Redactor redactor)
    {
        var told = found.Outcome?.Event is { } row ? ReversalEvent.Read(row.Body) : null;
        return new PreviewAnswer
        {
            Decision = DecisionOf(found),
            Reason = found.Text,
            Meaning = MeaningOf(found),
            Rc = told?.Rc,
            Message = redactor.Text(told?.Message),
            ClientId = found.ClientId,
            ReferenceId = redactor.Text(found.Request?.Key),
            PaymentRef = redactor.Text(told?.PaymentRef ?? found.Request?.PaymentRef),
            Amount = told?.Amount,
            Remaining = told?.Remaining,
            Bill = told?.Data is { } bill
                ? new()
                {
                    Status = BillStatusConverter.WordOf(bill.Status), PaidAmount = bill.PaidAmount,
                    Version = told.BillVersion,
                }
                : null,
            PendingUntil = found.Outcome?.PendingUntil,
            EventId = found.Decision is Duplicate or ToldBefore ? found.Outcome?.EventId : null,
        };
    }

    static PreviewDecision DecisionOf(PreviewedMessage found) => found switch
    {
        { Cause: not null } => PreviewDecision.Quarantined,
        { Decision: Applied } => PreviewDecision.Applied,
        { Decision: Duplicate } => PreviewDecision.Duplicate,
        { Outcome.PendingUntil: not null } => PreviewDecision.Pending,
        _ => PreviewDecision.Rejected,
    };

    static string MeaningOf(PreviewedMessage found) => found.Decision switch
    {
        Duplicate => "The same request was applied before; its event is sent again.",
        ToldBefore => "This was refused for good before; that event is sent again.",
        Rejected { PendingUntil: not null } =>
            "No payment fits yet. The request waits for it, and is applied when it appears.",
        _ => ReasonDescriptions.Of(found.Text),
    };
}
