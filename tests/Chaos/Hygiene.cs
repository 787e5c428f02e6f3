using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos;

/// <summary>What the workers hold when there is nothing left to do.</summary>
static class Hygiene
{
    /// <summary>Two lanes, quarantine, two relays, the watch over the outbox and a health check.</summary>
    const int MostSessions = 8;

    const long MostMemory = 400L << 20;

    internal static async Task<IReadOnlyList<Finding>> CheckAsync(
        Servers servers, IReadOnlyList<WorkerProcess> workers)
    {
        List<Finding> findings = [];
        const string ofWorkers = $"FROM pg_stat_activity WHERE usename = '{Servers.WorkerRole}'";
        if (await Until.TakesAsync(
            async () => await servers.NumberAsync(
                $"SELECT count(*) {ofWorkers} AND state LIKE 'idle in transaction%'") == 0, 5) is null)
        {
            Add("a session still holds what it began");
        }

        var sessions = await servers.NumberAsync($"SELECT count(*) {ofWorkers}");
        if (sessions > MostSessions * workers.Count)
        {
            Add($"{sessions} sessions of {workers.Count} workers");
        }

        foreach (var worker in workers)
        {
            worker.Weigh();
            if (worker.MostMemory > MostMemory)
            {
                Add($"worker {worker.Number} held {worker.MostMemory >> 20} MiB");
            }
        }

        return findings;

        void Add(string text) => findings.Add(new Finding
        {
            Invariant = 11,
            Text = string.Create(CultureInfo.InvariantCulture, $"{text}"),
            History = [],
        });
    }
}
