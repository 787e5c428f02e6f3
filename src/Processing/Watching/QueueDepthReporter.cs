using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Watching;

/// <summary>
/// Counts what waits in the tables without the help of the relay: when the age of the outbox grows, the relay
/// itself may be stuck.
/// </summary>
sealed class QueueDepthReporter(QueueDepths backlog, TimeProvider clock, ILogger<QueueDepthReporter> log)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    readonly Dictionary<string, TimeSpan> _ages =
        RelayHandoffs.Kinds.ToDictionary(kind => kind, _ => TimeSpan.Zero, StringComparer.Ordinal);

    internal Task RunAsync(CancellationToken stop) =>
        Repeating.EveryAsync(Interval, clock, LookAsync, stop);

    async Task LookAsync(CancellationToken stop)
    {
        try
        {
            foreach (var (kind, age) in await backlog.AgesAsync(maySweep: true, stop))
            {
                _ages[kind] = age;
            }

            Metrics.Waiting(await backlog.CountsAsync(stop));
            var oldest = await backlog.OldestTransactionAsync(stop);
            Metrics.OldestTransaction(
                oldest is null ? TimeSpan.Zero : clock.GetUtcNow().UtcDateTime - oldest.Since);
        }
        catch (Exception error) when (Faults.Classify(error) != Fault.Data
            && (error is not OperationCanceledException || !stop.IsCancellationRequested))
        {
            // What waited a moment ago is by now at least so much older.
            foreach (var kind in RelayHandoffs.Kinds.Where(kind => _ages[kind] > TimeSpan.Zero))
            {
                _ages[kind] += Interval;
            }

            Log.BacklogOutOfSight(log, Database.Explain(error));
        }

        foreach (var (kind, age) in _ages)
        {
            RelayMetrics.OutboxAge(kind, age);
        }
    }
}
