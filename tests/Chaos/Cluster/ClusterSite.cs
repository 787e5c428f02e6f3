namespace Reversals.Tests.Chaos;

/// <summary>All that can be broken, and how it is made whole again.</summary>
sealed record ClusterSite(
    ClusterHosts Hosts, DatabaseGroup Databases, BrokerGroup Brokers, IReadOnlyList<ClusterWorker> Workers)
{
    /// <summary>When this program stands in for an operator.</summary>
    internal PostgresGroup Postgres => (PostgresGroup)Databases;

    /// <summary>When nobody does.</summary>
    internal PatroniGroup Patroni => (PatroniGroup)Databases;

    internal IReadOnlyList<ClusterFault> Faults =>
        [.. Databases.Faults, .. BrokerNodeFaults.All, .. HostFaults.OfWorkers];

    internal PostgresNode Standby(int dice) => Postgres.Standbys[dice % Postgres.Standbys.Count];

    internal BrokerNode Broker(int dice) => Brokers.Nodes[dice % Brokers.Nodes.Count];

    internal ClusterWorker Worker(int dice) => Workers[dice % Workers.Count];

    internal async Task HealAsync()
    {
        foreach (var host in Hosts.All)
        {
            await host.JoinAsync();
        }

        foreach (var worker in Workers)
        {
            worker.Wake();
        }

        await Task.WhenAll(Databases.HealAsync(), Brokers.HealAsync());
    }
}

/// <summary>
/// A class of faults. Whatever it breaks is made whole by <see cref="ClusterSite.HealAsync"/>.
/// </summary>
/// <param name="Name">What is lost, and how.</param>
/// <param name="BreakAsync">Breaks it, and does what an operator does about it.</param>
/// <param name="ThenAsync">What happens after the first new event, before it is made whole.</param>
/// <param name="IsNamed">It comes only when <c>--only</c> names it: what is broken by it is not ours.</param>
sealed record ClusterFault(
    string Name, Func<ClusterSite, int, Task> BreakAsync,
    Func<ClusterSite, int, Task>? ThenAsync = null, bool IsNamed = false)
{
    /// <summary>Whether machines must have networks of their own for it.</summary>
    internal bool CutsOff => Name.Contains("cut off", StringComparison.Ordinal);

    /// <summary>
    /// So many of those that are wanted and possible, in an order of the seed: each comes once before any
    /// comes twice.
    /// </summary>
    internal static IReadOnlyList<(ClusterFault Fault, int Dice)> Plan(ChaosOptions options, ClusterSite site)
    {
        var chance = new Random(options.Seed + 1);
        ClusterFault[] kinds =
        [
            .. site.Faults.Where(kind => site.Hosts.HaveNetworks || !kind.CutsOff).Where(kind =>
                options.Only.Count == 0
                ? !kind.IsNamed
                : options.Only.Any(part => kind.Name.Contains(part, StringComparison.OrdinalIgnoreCase))),
        ];
        if (kinds.Length == 0)
        {
            throw new ArgumentException(
                $"--only: no fault that can be made here has this in its name; there are: "
                + string.Join(", ", site.Faults.Select(kind => kind.Name)), nameof(options));
        }

        List<(ClusterFault, int)> plan = [];
        while (plan.Count < (options.Faults == 0 ? kinds.Length : options.Faults))
        {
            chance.Shuffle(kinds);
            plan.AddRange(kinds.Select(kind => (kind, chance.Next(1000))));
        }

        return plan[..(options.Faults == 0 ? kinds.Length : options.Faults)];
    }
}
