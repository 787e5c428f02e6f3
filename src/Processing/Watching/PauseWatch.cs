using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Watching;

/// <summary>
/// Looks twice a second whether somebody has paused the workers. What was seen last holds while PostgreSQL
/// cannot be asked; before anything was seen nothing is taken.
/// </summary>
sealed class PauseWatch(PostgresServers database, TimeProvider clock, ILogger<PauseWatch> log)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Pause? _pause;

    /// <summary>Null: nobody has paused the workers.</summary>
    internal Pause? Current => Volatile.Read(ref _pause);

    /// <summary>Whether requests may be taken.</summary>
    internal bool MayTake => _known.Task.IsCompleted && Current is null;

    /// <summary>Returns when requests may be taken.</summary>
    internal async Task WaitForResumeAsync(CancellationToken stop)
    {
        await _known.Task.WaitAsync(stop);
        while (!MayTake)
        {
            await Task.Delay(Interval / 2, clock, stop);
        }
    }

    /// <summary>Looks until it is stopped.</summary>
    internal Task RunAsync(CancellationToken stop) =>
        Repeating.EveryAsync(Interval, clock, TryLookAsync, stop);

    async Task TryLookAsync(CancellationToken stop)
    {
        try
        {
            Saw((await Pause.ReadAsync(database, stop)).Find(one => one.ClientId is Pause.All));
        }
        catch (Exception error)
            when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // Others say that the database is away, or lacks its tables.
        }
    }

    void Saw(Pause? found)
    {
        switch (Current, found)
        {
            case (null, not null):
                Log.Paused(log, found.Operator, found.Note);
                break;
            case (not null, null):
                Log.Resumed(log);
                break;
        }

        Volatile.Write(ref _pause, found);
        _known.TrySetResult();
        Metrics.Paused(found is not null);
    }
}
