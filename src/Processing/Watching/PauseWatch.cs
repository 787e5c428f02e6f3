using System.Collections.Frozen;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Watching;

/// <summary>
/// Looks twice a second whether somebody has paused the workers, or some client. What was seen last holds
/// while PostgreSQL cannot be asked; before anything was seen nothing is taken.
/// </summary>
sealed class PauseWatch(
    PostgresServers database, WorkerOptions options, ClientPolicies clients, TimeProvider clock,
    ILogger<PauseWatch> log)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Seen? _seen;

    /// <summary>Null: requests are taken, as far as operators let them.</summary>
    internal Pause? Current => Last?.OfAll;

    /// <summary>What somebody paused, for people; null: nothing.</summary>
    internal string? Text => Last switch
    {
        { OfAll: { } pause } => pause.FullText,
        { Clients.Count: > 0 } seen => string.Join(". ", seen.Clients.Values.Select(pause => pause.Text)),
        _ => null,
    };

    /// <summary>The clients of which nothing is decided.</summary>
    internal IReadOnlyCollection<string> Clients => Last?.Clients.Keys ?? [];

    /// <summary>The pauses that are in force here: of clients, or of <see cref="Pause.All"/>.</summary>
    internal IReadOnlyList<string> InForce =>
    [
        .. Clients.Where(clients.Configured.ContainsKey),
        .. Current is null ? (string[])[] : [Pause.All],
    ];

    /// <summary>Whether requests may be taken.</summary>
    internal bool MayTake => Last is { OfAll: null };

    Seen? Last => Volatile.Read(ref _seen);

    /// <summary>Whether what this client sends is kept, and not decided.</summary>
    internal bool Keeps(string client) => Last is { } seen && seen.Clients.ContainsKey(client);

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
            Saw(await Pause.ReadAsync(database, options.Quarantine.MaxPaused, stop));
        }
        catch (Exception error)
            when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // Others say that the database is away, or lacks its tables.
        }
    }

    /// <summary>When no more of a client may be kept, nothing is taken of anybody: nothing is lost.</summary>
    void Saw(List<Pause> found)
    {
        var before = Last ?? new Seen(null, FrozenDictionary<string, Pause>.Empty);
        var ofClients = found.Where(one => !one.IsOfAll)
            .ToFrozenDictionary(one => one.ClientId, StringComparer.Ordinal);
        var ofAll = found.Find(one => one.IsOfAll)
            ?? found.Find(one => one.Kept >= options.Quarantine.MaxPaused);
        Volatile.Write(ref _seen, new Seen(ofAll, ofClients));
        // One that comes of what is kept is nobody's wish: that nobody reads is then to be told.
        Metrics.Paused(ofAll is { IsOfAll: true });
        switch (before.OfAll, ofAll)
        {
            case (null, not null):
                Log.Paused(log, ofAll.Operator, ofAll.Note);
                break;
            case (not null, null):
                Log.Resumed(log);
                break;
        }

        _known.TrySetResult();
        foreach (var pause in ofClients.Values.Where(one => !before.Clients.ContainsKey(one.ClientId)))
        {
            Log.ClientPause(log, pause.ClientId, pause.Text);
        }

        foreach (var client in before.Clients.Keys.Where(one => !ofClients.ContainsKey(one)))
        {
            Log.ClientPause(log, client, "resumed: its requests are decided again");
        }
    }

    /// <param name="OfAll">Why nothing is taken; null: something is.</param>
    /// <param name="Clients">By client; of these nothing is decided.</param>
    sealed record Seen(Pause? OfAll, FrozenDictionary<string, Pause> Clients);
}
