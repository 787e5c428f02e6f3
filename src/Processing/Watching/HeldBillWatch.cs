using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Watching;

/// <summary>
/// While requests wait for rows that somebody holds, looks every second who that is, and of which bill.
/// </summary>
sealed class HeldBillWatch(
    PostgresServers database, GroupCommit<ReversalRequest> reversals,
    ClientPolicies policies, TimeProvider clock, ILogger<HeldBillWatch> log)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    readonly HashSet<(long Bill, int Pid)> _told = [];
    IReadOnlyList<HeldBill> _found = [];

    /// <summary>Which bills are held, by whom, since when, and who waits; null: none is.</summary>
    internal string? Text => Volatile.Read(ref _found) is { Count: > 0 } found
        ? string.Join("; ", found.Select(one => one.Explain(clock.GetUtcNow().UtcDateTime)))
        : null;

    internal Task RunAsync(CancellationToken stop) =>
        Repeating.EveryAsync(Interval, clock, TryLookAsync, stop);

    async Task TryLookAsync(CancellationToken stop)
    {
        try
        {
            // A row that another worker holds while it commits is no news.
            var waiting = reversals.LockWaits(longerThan: Interval, HeldBills.Most);
            Volatile.Write(ref _found, waiting.Count == 0
                ? []
                : await HeldBills.FindAsync(database, waiting, policies.Of, clock, stop));
            Tell();
            Metrics.Held(_found.Count);
        }
        catch (Exception error)
            when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // Others say that the database is away.
            Volatile.Write(ref _found, []);
        }
    }

    /// <summary>Each holder once, as long as it holds.</summary>
    void Tell()
    {
        foreach (var one in _found.Where(one => _told.Add((one.BillId, one.Holder.Pid))))
        {
            Log.BillHeld(log, one.Explain(clock.GetUtcNow().UtcDateTime), one.BillId, one.Holder.Pid);
        }

        _told.IntersectWith(_found.Select(one => (one.BillId, one.Holder.Pid)));
    }
}
