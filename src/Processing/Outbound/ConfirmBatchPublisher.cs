using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Processing.Outbound;

/// <summary>An event over which the broker closes the channel.</summary>
/// <param name="EventId">Which.</param>
/// <param name="Size">Bytes of its body.</param>
/// <param name="Problem">What the broker said.</param>
sealed record Culprit(Guid EventId, int Size, string Problem);

/// <summary>
/// Publishes batches. When the broker closes the channel over one event, all that were on their way with it
/// lose their confirms: the batch is halved until the culprit stands alone, and the others go out without it.
/// </summary>
/// <param name="publisher">Connected.</param>
/// <param name="limit">Learns from each culprit.</param>
/// <param name="timeout">How long a batch may take.</param>
/// <param name="lost">The lease is lost, or all is over.</param>
/// <param name="stop">See <see cref="EventPublisher.PublishAsync"/>.</param>
sealed class ConfirmBatchPublisher(
    EventPublisher publisher, SizeLimit limit, TimeSpan timeout, CancellationToken lost,
    CancellationToken stop) : IDisposable
{
    readonly CancellationTokenSource _giveUp = CancellationTokenSource.CreateLinkedTokenSource(lost);

    /// <summary>The events over which the broker closed the channel.</summary>
    internal List<Culprit> Culprits { get; } = [];

    public void Dispose() => _giveUp.Dispose();

    /// <summary>Publishes rows that do not have to wait for each other.</summary>
    /// <returns>For each row what became of it.</returns>
    internal async Task<PublishOutcome[]> PublishAsync(OutboxRow[] batch)
    {
        var isTooLate = _giveUp.IsCancellationRequested;
        _giveUp.CancelAfter(timeout);
        var outcomes = await publisher.PublishAsync(batch, _giveUp.Token, stop);
        if (!isTooLate && publisher.Problem is null)
        {
            outcomes.AsSpan().Replace(PublishOutcome.Unknown, PublishOutcome.Unanswered);
        }

        foreach (var row in batch.Where((_, place) => outcomes[place] == PublishOutcome.Confirmed))
        {
            limit.Taken(row.Body.Length);
        }

        if (Array.TrueForAll(outcomes, outcome => outcome == PublishOutcome.Refused))
        {
            // RabbitMQ 3.10 refuses everything on a channel that was opened while a subscriber's queue had no
            // leader, for as long as the node stays away that led it. The next try gets another channel.
            await ReopenAsync();
        }

        return publisher.IsClosedOverEvent ? await IsolateAsync(batch, outcomes) : outcomes;
    }

    async Task<PublishOutcome[]> IsolateAsync(OutboxRow[] batch, PublishOutcome[] outcomes)
    {
        // The large ones last: as a rule all others go out with the first half.
        int[] suspects =
        [
            .. Enumerable.Range(0, batch.Length)
                .Where(place => outcomes[place] == PublishOutcome.Unknown)
                .OrderBy(place => batch[place].Body.Length),
        ];
        if (suspects is [var alone])
        {
            var row = batch[alone];
            Culprits.Add(new(row.EventId, row.Body.Length, publisher.Problem ?? "closed by the broker"));
            limit.Refused(row.Body.Length);
            outcomes[alone] = PublishOutcome.Unacceptable;
        }

        if (!await ReopenAsync() || suspects.Length < 2)
        {
            return outcomes;
        }

        foreach (var half in suspects.Chunk((suspects.Length + 1) / 2))
        {
            var results = await PublishAsync([.. half.Select(place => batch[place])]);
            foreach (var (place, result) in half.Zip(results))
            {
                outcomes[place] = result;
            }

            if (results.Any(result => result is PublishOutcome.Unknown or PublishOutcome.Unanswered))
            {
                // The connection is gone, or too slow: what is left is tried again later.
                break;
            }
        }

        return outcomes;
    }

    async Task<bool> ReopenAsync()
    {
        _giveUp.CancelAfter(timeout);
        try
        {
            await publisher.ReopenAsync(_giveUp.Token);
            return true;
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            return false;
        }
    }
}
