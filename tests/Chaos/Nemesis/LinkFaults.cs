using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>What may happen between one worker and one server.</summary>
static class LinkFaults
{
    internal static readonly IReadOnlyList<FaultKind> All =
    [
        .. OfBoth("reset", weight: 2, (0, 100), (link, _) => link.Reset()),
        .. OfBoth("cut", weight: 1, (300, 2500), (link, _) =>
        {
            link.Set(LinkState.Cut);
            link.Reset();
        }),
        .. OfBoth("swallows everything", weight: 1, (1000, 6000), (link, _) => link.Set(LinkState.Blackhole)),
        .. OfBoth("slow", weight: 1, (500, 2500),
            (link, dice) => link.Set(LinkState.Delay, TimeSpan.FromMilliseconds(20 + (dice / 5)))),
        .. OfBoth("drips", weight: 1, (500, 2500), (link, _) => link.Set(LinkState.Drip)),
        OfAll("PostgreSQL: answer to COMMIT lost", weight: 6,
            worker => worker.Commits.DecideNext(CommitFate.LoseAnswer)),
        OfAll("PostgreSQL: COMMIT lost", weight: 4,
            worker => worker.Commits.DecideNext(CommitFate.Cut)),
        OfAll("RabbitMQ: confirms lost", weight: 4, worker => worker.Confirms.LoseNext()),
    ];

    static IEnumerable<FaultKind> OfBoth(
        string name, int weight, (int Least, int Most) hold, Action<Link, int> inject) =>
    [
        Of($"PostgreSQL: link {name}", isPostgres: true, weight, hold, inject),
        Of($"RabbitMQ: link {name}", isPostgres: false, weight, hold, inject),
    ];

    /// <summary>On every worker's link, once each. It is not taken back: it comes when a COMMIT or a confirm
    /// passes.</summary>
    static FaultKind OfAll(string name, int weight, Action<WorkerProcess> inject) =>
        new(name, Lane.Links, weight, (300, 800),
            (cluster, _) =>
            {
                foreach (var worker in cluster.Workers)
                {
                    inject(worker);
                }

                return Task.CompletedTask;
            },
            (_, _) => Task.CompletedTask);

    static FaultKind Of(
        string name, bool isPostgres, int weight, (int Least, int Most) hold, Action<Link, int> inject) =>
        new(name, Lane.Links, weight, hold,
            (_, draw) => On(draw, isPostgres, inject),
            (_, draw) => On(draw, isPostgres, (link, _) => link.Set(LinkState.Clear)));

    static Task On(Draw draw, bool isPostgres, Action<Link, int> action)
    {
        action(isPostgres ? draw.Worker.Postgres : draw.Worker.RabbitMq, draw.Dice);
        return Task.CompletedTask;
    }
}
