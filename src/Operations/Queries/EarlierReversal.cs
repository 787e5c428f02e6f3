using System.Globalization;
using Reversals.Contracts;

namespace Reversals.Operations.Queries;

/// <summary>A reversal for which a later request was rejected.</summary>
sealed record EarlierReversal
{
    public required string ClientId { get; init; }
    public required string ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public required decimal Amount { get; init; }
    public required DateTime ReversedAt { get; init; }

    /// <summary>Which request was first, as sentences; empty when that is not why it is rejected.</summary>
    internal static string Explain(DecisionEvent rejection, IReadOnlyList<EarlierReversal> earlier)
    {
        var before = earlier.Where(one => one.ReversedAt <= rejection.OccurredAt
            && string.Equals(one.ClientId, rejection.ClientId, StringComparison.Ordinal));
        return rejection.Reason switch
        {
            var reason when Is(reason, Reason.AlreadyReversed) || Is(reason, Reason.ExceedsRemaining) =>
                string.Concat(
                from one in before
                where rejection.PaymentRef is { } payment
                    && string.Equals(one.PaymentRef, payment, StringComparison.Ordinal)
                select string.Create(
                    CultureInfo.InvariantCulture,
                    $" Request {one.ReferenceId} took {one.Amount} of it at {one.ReversedAt:u}.")),
            var reason when Is(reason, Reason.IdempotencyConflict) => string.Concat(
                from one in before
                where string.Equals(one.ReferenceId, rejection.ReferenceId, StringComparison.Ordinal)
                select string.Create(
                    CultureInfo.InvariantCulture,
                    $" The first took {one.Amount} of payment {one.PaymentRef ?? "without payment_ref"} at "
                    + $"{one.ReversedAt:u}.")),
            _ => "",
        };
    }

    static bool Is(string code, Reason reason) => string.Equals(code, reason.Code, StringComparison.Ordinal);
}
