using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Watching;

namespace Reversals.Operations.Actions;

/// <summary>How far a pause, or its end, has come.</summary>
enum PauseStep
{
    /// <summary>Nothing was changed.</summary>
    Before,

    /// <summary>It is being committed: it may or may not be in force.</summary>
    Committing,

    /// <summary>It is in force, also when it was so before.</summary>
    Done,
}

/// <summary>Tells the workers to take no requests, or to decide none of one client; and to go on.</summary>
/// <param name="database">Where the workers look.</param>
/// <param name="clock">Measures.</param>
sealed class PauseAdmin(PostgresServers database, TimeProvider clock)
{
    /// <summary>Workers look twice a second and tell every two seconds what they have in force.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>What a worker tells up to so long after a change may be what it saw before.</summary>
    static readonly TimeSpan Stale = 2 * PauseWatch.Interval;

    static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How far the last change has come; it stays so when that fails.</summary>
    internal PauseStep Step { get; private set; }

    /// <summary>False: it was paused before, and nothing is changed.</summary>
    /// <param name="client">Whose requests; <see cref="Pause.All"/>: everybody's.</param>
    /// <param name="by">Who, and why.</param>
    /// <param name="stop">Gives up.</param>
    internal Task<bool> PauseAsync(string client, Operator by, CancellationToken stop) => ChangeAsync(
        "pause", client, by, stop,
        Parameter.Text(client), Parameter.Text(by.Name), Parameter.Text(by.Note));

    /// <summary>False: it was not paused.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    internal Task<bool> ResumeAsync(string client, Operator by, CancellationToken stop) =>
        ChangeAsync("resume", client, by, stop, Parameter.Text(client));

    /// <summary>Waits a while until every worker keeps what this client sends, or decides it again.</summary>
    /// <returns>The workers of which neither was heard.</returns>
    internal async Task<IReadOnlyList<string>> AwaitWorkersAsync(
        string client, bool isPaused, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        List<ReportedWorker> before = [];
        while (true)
        {
            var now = clock.GetUtcNow().UtcDateTime;
            List<ReportedWorker> workers =
            [
                .. (await Query.ReadAsync<ReportedWorker>(database, "workers", stop))
                    .Where(one => Stalls.IsHeardOf(one, now)),
            ];
            var waited = clock.GetElapsedTime(began);
            before = waited < Stale ? workers : before;
            var others = workers
                .Where(one => Heeds(one, client) != isPaused || (!isPaused && IsStale(one, before)))
                .Select(one => one.Worker).ToList();
            if (others.Count == 0 || waited >= Longest)
            {
                return others;
            }

            await Task.Delay(PollInterval, clock, stop);
        }
    }

    /// <summary>What it said may be older than the end of the pause: it may keep messages still.</summary>
    static bool IsStale(ReportedWorker worker, List<ReportedWorker> before) => before.Exists(one =>
        string.Equals(one.Worker, worker.Worker, StringComparison.Ordinal) && one.At == worker.At);

    /// <summary>A release that knows no pause of one client heeds one of all, and does not say so.</summary>
    static bool Heeds(ReportedWorker worker, string client) => worker.Pauses is { } pauses
        ? pauses.Contains(client, StringComparer.Ordinal)
        : client is Pause.All && worker.SettingsMark is not null;

    async Task<bool> ChangeAsync(
        string command, string client, Operator by, CancellationToken stop, params NpgsqlParameter[] values)
    {
        Step = PauseStep.Before;
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        if (await Query.RunAsync(session.Connection, command, stop, values) == 0)
        {
            Step = PauseStep.Done;
            return false;
        }

        var target = client is Pause.All ? "all clients" : $"client {client}";
        await Audit.AddAsync(session.Connection, by, command, target, count: 1, stop);
        stop.ThrowIfCancellationRequested();
        Step = PauseStep.Committing;
        await session.CommitAsync(stop);
        Step = PauseStep.Done;
        return true;
    }
}
