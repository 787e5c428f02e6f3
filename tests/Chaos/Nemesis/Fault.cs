using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>Faults of one lane come one after the other; those of different lanes at the same time.</summary>
enum Lane
{
    Workers,
    Links,
    Postgres,
    RabbitMq,
    Gateways,
}

/// <summary>All that can be broken.</summary>
sealed record Cluster(
    Servers Servers, Broker Broker, IReadOnlyList<WorkerProcess> Workers,
    IReadOnlyList<GatewayProcess> Gateways)
{
    /// <summary>Whether some worker reads messages and is to die at a named point.</summary>
    internal async Task<bool> IsOneDoomedAsync() =>
        (await Task.WhenAll(Workers.Select(worker => worker.IsDoomedAsync()))).Contains(true);
}

/// <summary>
/// What a fault may vary by: the worker and the gateway it meets (null: there is none), and a number of the
/// seed.
/// </summary>
sealed record Draw(WorkerProcess Worker, GatewayProcess? Gateway, int Dice);

/// <summary>A class of faults: what is done, and what is done to undo it.</summary>
/// <param name="Name">Kind and target.</param>
/// <param name="Lane">With which others it does not come at the same time.</param>
/// <param name="Weight">How often it is drawn, beside the others of its lane.</param>
/// <param name="Hold">Shortest and longest time in milliseconds until it is healed.</param>
/// <param name="InjectAsync">Does it.</param>
/// <param name="HealAsync">Undoes it.</param>
sealed record FaultKind(
    string Name, Lane Lane, int Weight, (int Least, int Most) Hold,
    Func<Cluster, Draw, Task> InjectAsync, Func<Cluster, Draw, Task> HealAsync)
{
    /// <summary>Whether it is about a table, a right or a size that only our worker knows.</summary>
    internal bool IsAboutOurs { get; init; }

    /// <summary>All there are.</summary>
    internal static readonly IReadOnlyList<FaultKind> All =
    [
        .. WorkerFaults.All, .. LinkFaults.All, .. PostgresFaults.All, .. RabbitMqFaults.All, .. GatewayFaults.All,
    ];
}

/// <summary>One injection of the schedule.</summary>
sealed record PlannedFault(FaultKind Kind, int Worker, int Dice, TimeSpan Gap, TimeSpan Hold);

/// <summary>
/// Which faults come in which round, in what order and for how long: the same for the same seed. Each class
/// of a lane comes once before any comes twice.
/// </summary>
static class FaultPlan
{
    /// <summary>
    /// How the faults are shared out, those of the gateways on top: those that cost no server a restart are
    /// the most. A command to the broker
    /// takes seconds, so that its lane decides how long a round is.
    /// </summary>
    static readonly Dictionary<Lane, double> Shares = new()
    {
        [Lane.Workers] = 0.2, [Lane.Links] = 0.5, [Lane.Postgres] = 0.24, [Lane.RabbitMq] = 0.06,
        [Lane.Gateways] = 0.12,
    };

    internal static IReadOnlyList<IReadOnlyList<PlannedFault>> Rounds(ChaosOptions options)
    {
        var chance = new Random(options.Seed + 1);
        var rounds = Math.Max(1, options.Faults / options.FaultsOfARound);
        List<PlannedFault>[] plan = [.. Enumerable.Range(0, rounds).Select(_ => new List<PlannedFault>())];
        foreach (var (lane, share) in Shares)
        {
            var kinds = FaultKind.All.Where(kind => kind.Lane == lane && options.Wants(kind)).ToArray();
            if (kinds.Length == 0)
            {
                continue;
            }

            var count = (int)Math.Ceiling(share * options.Faults);
            var deck = new Queue<FaultKind>();
            for (var place = 0; place < count; place++)
            {
                if (deck.Count == 0)
                {
                    var shuffled = kinds
                        .SelectMany(kind => Enumerable.Repeat(kind, place == 0 ? 1 : kind.Weight)).ToArray();
                    chance.Shuffle(shuffled);
                    deck = new Queue<FaultKind>(shuffled);
                }

                plan[place % rounds].Add(Plan(deck.Dequeue(), chance, options));
            }
        }

        return plan;
    }

    static PlannedFault Plan(FaultKind kind, Random chance, ChaosOptions options) => new(
        kind, chance.Next(options.Workers), chance.Next(1000),
        TimeSpan.FromSeconds(options.Pause) + TimeSpan.FromMilliseconds(chance.Next(50, 600)),
        TimeSpan.FromMilliseconds(chance.Next(kind.Hold.Least, kind.Hold.Most + 1)));
}
