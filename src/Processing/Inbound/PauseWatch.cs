using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Looks twice a second whether somebody has paused the workers. What was seen last holds while PostgreSQL
/// cannot be asked; before anything was seen nothing is taken.
/// </summary>
sealed class PauseWatch(PostgresServers database, TimeProvider clock, ILogger<PauseWatch> log)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    IReadOnlyList<Pause> _pauses = [];
    volatile bool _isKnown;

    /// <summary>All there are, also of single clients.</summary>
    internal IReadOnlyList<Pause> All => Volatile.Read(ref _pauses);

    /// <summary>Null: nobody has paused the workers.</summary>
    internal Pause? Current => All.FirstOrDefault(one => one.ClientId is Pause.All);

    /// <summary>Who paused, since when and why; null: nobody did.</summary>
    internal string? Text => All is [var one, ..] ? one.Text : null;

    /// <summary>Whether requests may be taken.</summary>
    internal bool MayTake => _isKnown && Current is null;

    /// <summary>Whether what this client sends is to be kept, and not decided.</summary>
    internal bool IsPaused(string clientId) =>
        All.Any(one => string.Equals(one.ClientId, clientId, StringComparison.Ordinal));

    /// <summary>Returns when requests may be taken.</summary>
    internal async Task WaitForResumeAsync(CancellationToken stop)
    {
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
            Saw(await Pause.ReadAsync(database, stop));
        }
        catch (Exception error)
            when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // Others say that the database is away, or lacks its tables.
        }
    }

    void Saw(IReadOnlyList<Pause> found)
    {
        foreach (var one in New(found, All))
        {
            Log.Paused(log, one.Text);
        }

        foreach (var one in New(All, found))
        {
            Log.Resumed(log, one.ClientId is Pause.All ? "all clients" : one.ClientId);
        }

        Volatile.Write(ref _pauses, found);
        _isKnown = true;
        Metrics.Paused(Current is not null);
    }

    static IEnumerable<Pause> New(IReadOnlyList<Pause> some, IReadOnlyList<Pause> others) => some.ExceptBy(
        others.Select(one => one.ClientId), one => one.ClientId, StringComparer.Ordinal);
}
