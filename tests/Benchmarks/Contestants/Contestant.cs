namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>Something that reads the request queue, as a process of its own.</summary>
sealed record Contestant
{
    /// <summary>Name in the table.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for the legend.</summary>
    public required string Legend { get; init; }

    /// <summary>Settings besides the common ones, as environment variables.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(
        StringComparer.Ordinal);

    /// <summary>Runs in this program's executable instead of the worker's.</summary>
    public bool Hosted { get; init; }

    /// <summary>Records its metrics for Prometheus, on a port of its own.</summary>
    public bool HasMetrics { get; init; }

    /// <summary>It is so slow that a fraction of the messages is enough.</summary>
    public int Divisor { get; init; } = 1;

    /// <summary>
    /// Whether it gets loads that are shares of a capacity, beside those that users really have.
    /// </summary>
    public bool WithShares { get; init; }

    /// <summary>Half load and nine tenths are shares of its own capacity: it could not carry ours.</summary>
    public bool HasOwnLoads { get; init; }

    /// <summary>It takes part only when <c>--only</c> names it.</summary>
    public bool OnlyNamed { get; init; }

    /// <summary>The command line of its program.</summary>
    internal IReadOnlyList<string> Arguments =>
        Hosted ? ["serve", Name] : this == Before ? ["serve", Bare.Name] : [];

    /// <summary>It says when it reads the queue, and has no health to be asked for.</summary>
    internal bool SaysReady => Hosted || this == Before || this == Wolverine;

    internal static readonly Contestant Ours = new()
    {
        Name = "ours",
        Legend = "the worker as it is built",
        WithShares = true,
    };

    internal static readonly Contestant LimitOne = new()
    {
        Name = "ours-limit-1",
        Legend = "the same worker, one message a commit, same prefetch",
        Settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Batching__Limit"] = "1",
            ["Inbound__PrefetchCount"] = "1000",
        },
        Divisor = 5,
    };

    internal static readonly Contestant Measured = new()
    {
        Name = "ours-measured",
        Legend = "the same worker with its metrics recorded for Prometheus, who does not ask",
        HasMetrics = true,
    };

    internal static readonly Contestant Bare = new()
    {
        Name = "bare-coalescer",
        Legend = "RabbitMQ.Client with multiple-acks instead of MassTransit, the rest ours: the ceiling",
        Hosted = true,
        WithShares = true,
    };

    internal static readonly Contestant Before = new()
    {
        Name = "bare-before",
        Legend = "bare-coalescer of another build, see --bare-before",
        WithShares = true,
        OnlyNamed = true,
    };

    internal static readonly Contestant Timer = new()
    {
        Name = "timer-20ms",
        Legend = "as ours, but a batch waits until its first message is 20 ms old",
        Hosted = true,
        WithShares = true,
    };

    internal static readonly Contestant Nothing = new()
    {
        Name = "masstransit-noop",
        Legend = "the same endpoint, a consumer that returns at once: no reading, no database, no events",
        Hosted = true,
    };

    internal static readonly Contestant Other = new()
    {
        Name = "other",
        Legend = "the worker of another build, see --other",
        WithShares = true,
        OnlyNamed = true,
    };

    internal static readonly Contestant Parts = new()
    {
        Name = "ours-parts",
        Legend = "the worker's parts and its bus in this program: what stock-dispatch is compared with",
        Hosted = true,
        WithShares = true,
        OnlyNamed = true,
    };

    internal static readonly Contestant Stock = new()
    {
        Name = "stock-dispatch",
        Legend = "as ours-parts, but MassTransit's own loops and an acknowledgement for each message",
        Hosted = true,
        WithShares = true,
        OnlyNamed = true,
    };

    internal static readonly Contestant Door = new()
    {
        Name = "door",
        Legend = "ours, asked by POST /reversal at the gateway; from due to answered",
    };

    internal static readonly Contestant HandWritten = new()
    {
        Name = "hand-written",
        Legend = "stock MassTransit, Npgsql and Dapper: a transaction a message, an outbox and its relay; "
            + "50 % and 90 % of its own capacity",
        Hosted = true,
        WithShares = true,
        HasOwnLoads = true,
        Divisor = 2,
    };

    internal static readonly Contestant Wolverine = new()
    {
        Name = "wolverine",
        Legend = "tests/Peers: WolverineFx with durable inbox and outbox and confirms, the statements of "
            + "hand-written; 50 % and 90 % of its own capacity",
        Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["Wolverine__Mode"] = "Solo" },
        WithShares = true,
        HasOwnLoads = true,
        Divisor = 2,
    };

    internal static readonly IReadOnlyList<Contestant> All =
    [
        Ours, Other, Door, HandWritten, Wolverine, Measured, Timer, LimitOne, Bare, Before, Parts, Stock,
        Nothing,
    ];
}
