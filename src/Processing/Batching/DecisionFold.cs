using System.Globalization;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Batching;

/// <summary>
/// The event would be larger than the broker need take: its request fails alone, and changes nothing.
/// </summary>
sealed class EventTooLargeException(int size, int limit, long? billId) : Exception(string.Create(
    CultureInfo.InvariantCulture,
    $"the event would have {size} bytes, Outbound:MaxEventBytes allows {limit}: bill {billId} says too "
    + $"much in components, additional_data or its texts. Shorten it; or raise max_message_size of RabbitMQ "
    + $"and then Outbound:MaxEventBytes, and replay the message"));

/// <summary>A request that is decided and not saved.</summary>
/// <param name="Decision">What was decided.</param>
/// <param name="Outcome">What it comes to; null: it has no event.</param>
sealed record DecidedRequest(ReversalDecision Decision, Outcome? Outcome);

/// <summary>
/// Decides the requests of a batch one after the other: what one takes, the next one no longer finds. Nobody
/// else changes the ledger. The worker decides so, and a preview.
/// </summary>
/// <param name="policies">Of each client.</param>
/// <param name="limit">How many requests of each client may wait for their payments.</param>
/// <param name="maxEventBytes">A larger event is not made.</param>
sealed class DecisionFold(Func<string, ClientPolicy> policies, WaitingLimit limit, int maxEventBytes)
{
    /// <summary>Decides the next one.</summary>
    /// <exception cref="EventTooLargeException">It fails alone.</exception>
    /// <exception cref="InvalidOperationException">Its bill is of a kind without rules.</exception>
    internal DecidedRequest Next(ReversalRequest request, Ledger ledger, DateTimeOffset now)
    {
        var decision = ReversalPolicy.Decide(request, ledger, PolicyFor(request, ledger), now);
        if (decision is NoEvent)
        {
            return new(decision, Outcome: null);
        }

        var outcome = WithinLimit(Outcome.Of(decision, request, now));
        if (decision is Applied applied)
        {
            ledger.Apply(applied, request, outcome.EventId, now);
        }

        if (outcome.PendingUntil is not null)
        {
            limit.Add(request.ClientId);
        }

        return new(decision, outcome);
    }

    /// <summary>What the broker would not take is found out before anything is saved.</summary>
    Outcome WithinLimit(Outcome outcome) => outcome.Event?.Body.Length > maxEventBytes
        ? throw new EventTooLargeException(outcome.Event.Body.Length, maxEventBytes, outcome.BillId)
        : outcome;

    ClientPolicy PolicyFor(ReversalRequest request, Ledger ledger)
    {
        var policy = policies(request.ClientId);
        return limit.Has(request.ClientId) || ledger.HasPendingDelivery(request)
            ? policy
            : policy with { PendingFor = TimeSpan.Zero };
    }
}
