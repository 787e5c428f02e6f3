using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Outbound;

/// <summary>
/// Publishes the rows in hand, batch by batch, and renews their lease meanwhile. Events of one bill go out
/// one after the other; different bills go side by side.
/// </summary>
sealed class RowPublisher(
    string kind, Outbox outbox, Lease lease, OutboundOptions options, RelayReport report, TimeProvider clock)
{
    readonly SizeLimit _sizes = new();

    /// <param name="publisher">Connected.</param>
    /// <param name="rows">In the order of their ids.</param>
    /// <param name="toComplete">Rows of earlier rounds whose lease is to last as well.</param>
    /// <param name="stop">No more patience with a blocked broker.</param>
    /// <param name="abort">Gives up.</param>
    internal async Task<Published> PublishAsync(
        EventPublisher publisher, IReadOnlyList<OutboxRow> rows, Completion? toComplete,
        CancellationToken stop, CancellationToken abort)
    {
        var held = rows.Select(row => row.Id)
            .Concat(toComplete?.Confirmed ?? [])
            .Concat(toComplete?.Refused.Select(row => row.Id) ?? []);
        await using var renewer = new LeaseRenewer(outbox, kind, held, lease, clock, abort);
        using var batches = new ConfirmBatchPublisher(
            publisher, _sizes, options.PublishTimeout, renewer.Lost, stop);
        var queue = new PerBillQueue(rows);
        while (queue.NextBatch(options.WaveSize, _sizes) is { Length: > 0 } batch)
        {
            var confirmed = queue.Complete(batch, await batches.PublishAsync(batch));
            RelayMetrics.Confirmed(kind, confirmed, clock.GetUtcNow());
        }

        report.Published(queue, publisher, batches.Culprits);
        return new Published(
            queue.Completion(lease.Id),
            queue.Failures(PublishOutcome.Unknown) + queue.Failures(PublishOutcome.Unanswered) > 0);
    }
}
