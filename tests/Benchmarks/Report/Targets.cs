using static Reversals.Tests.Benchmarks.Report.Bound;
using static Reversals.Tests.Benchmarks.Report.Phase;

namespace Reversals.Tests.Benchmarks.Report;

/// <summary>What must be reached, at least or at most.</summary>
readonly record struct Bound(double Value, bool AtLeast)
{
    internal static Bound Least(double value) => new(value, AtLeast: true);

    internal static Bound Most(double value) => new(value, AtLeast: false);

    internal bool Holds(double measured) => AtLeast ? measured >= Value : measured <= Value;
}

/// <summary>What the worker is held to.</summary>
/// <param name="Name">For people.</param>
/// <param name="Of">How it is computed from the figures of one round; null: one of them is missing.</param>
/// <param name="Bound">What it must reach.</param>
sealed record Target(string Name, Func<Reading, double?> Of, Bound Bound)
{
    internal const string Met = "met";
    internal const string NotMet = "NOT MET";
    internal const string NotMeasured = "not measured in this run";

    /// <summary>The median over the rounds of what one round gives; null: no round has it.</summary>
    internal double? Measured(Figures figures) => figures.MedianOfRounds(Of);

    internal string Verdict(Figures figures) =>
        Measured(figures) is not { } measured ? NotMeasured : Bound.Holds(measured) ? Met : NotMet;
}

/// <summary>What is to be reached: a line for each target.</summary>
static class Targets
{
    const string Ours = "ours";
    const string Hand = "hand-written";
    const string Bare = "bare-coalescer";
    const string Before = "bare-before";
    const string Wolverine = "wolverine";
    const string Timer = "timer-20ms";
    const string Other = "other";
    const string Parts = "ours-parts";
    const string Stock = "stock-dispatch";
    const string Door = "door";
    const string Half = Phase.Half;
    const string Probe = Runs.Probe;
    const string Held = Runs.XminHeld;
    const string Free = Runs.XminFree;
    const string Standby = Runs.Standby;
    const string NoStandby = Runs.NoStandby;
    const string With = Runs.Retention;
    const string Without = Runs.NoRetention;
    static readonly string At100 = Of(100);
    static readonly string At500 = Of(500);
    static readonly string Few = Runs.Bills(10_000);
    static readonly string Many = Runs.Bills(20_000_000);

    /// <summary>These are told in every run, also when the run has not measured them.</summary>
    internal static readonly IReadOnlyList<Target> All =
    [
        Ratio("drain ÷ hand-written", Rate, (Ours, Drain), (Hand, Drain), Least(5.5)),
        Ratio("drain ÷ wolverine", Rate, (Ours, Drain), (Wolverine, Drain), Least(7)),
        Ratio("drain ÷ pgbench, one commit each", Rate, (Ours, Drain), (Runs.Pgbench, ""), Least(4.2)),
        Ratio("drain ÷ bare-before", Rate, (Ours, Drain), (Before, Drain), Least(1.2)),
        Value("drain: Σ CPU µs a message", (Ours, Drain, Total), Most(140)),
        Ratio("drain: Σ CPU ÷ the other build", Total, (Ours, Drain), (Other, Drain), Most(0.79)),
        Value("drain: WAL bytes a message", (Ours, Drain, Wal), Most(2_200)),
        Ratio("1/s: p50 ÷ hand-written", P50, (Ours, Alone), (Hand, Alone), Most(1)),
        Ratio("1/s: p99 ÷ hand-written", P99, (Ours, Alone), (Hand, Alone), Most(1)),
        Ratio("100/s: p50 ÷ hand-written", P50, (Ours, At100), (Hand, At100), Most(1)),
        Ratio("100/s: p99 ÷ hand-written", P99, (Ours, At100), (Hand, At100), Most(1)),
        Ratio("500/s: p50 ÷ hand-written", P50, (Ours, At500), (Hand, At500), Most(1)),
        Ratio("500/s: p99 ÷ hand-written", P99, (Ours, At500), (Hand, At500), Most(1)),
        Ratio("50 %: p99 ÷ p50 at 1/s", (Ours, Half, P99), (Ours, Alone, P50), Most(5)),
        Ratio("90 %: p50 ÷ bare-coalescer", P50, (Ours, Ninety), (Bare, Ninety), Most(1)),
        Ratio("90 %: p99 ÷ bare-coalescer", P99, (Ours, Ninety), (Bare, Ninety), Most(1)),
        Ratio("50 %, every 2nd on a recent bill: p99 ÷ without", P99, (Ours, Again), (Ours, Half), Most(1.5)),
        Ratio("exec to ready ÷ hand-written", Ready, (Ours, Start), (Hand, Start), Most(1)),
        Ratio("exec to first event ÷ hand-written", First, (Ours, Start), (Hand, Start), Most(1)),
        Value("idle: CPU ms a second", (Ours, Idle, IdleCpu), Most(10)),
        Ratio("drain, 20 million bills ÷ 10 thousand", Rate, (Many, Drain), (Few, Drain), Least(0.6)),
        Ratio("drain, xmin held and dead rows ÷ without", Rate, (Held, Drain), (Free, Drain), Least(0.9)),
    ];

    /// <summary>These only when they were measured.</summary>
    internal static readonly IReadOnlyList<Target> Besides =
    [
        Ratio("drain ÷ ours with batch limit 1", Rate, (Ours, Drain), ("ours-limit-1", Drain), Least(6)),
        Ratio("drain ÷ bare-coalescer", Rate, (Ours, Drain), (Bare, Drain), Least(0.75)),
        Ratio("1/s: p50 ÷ one commit and two broker hops", P50, (Ours, Alone), (Probe, Alone), Most(1.5)),
        Ratio("90 %: p50 ÷ timer-20ms", P50, (Ours, Ninety), (Timer, Ninety), Most(1)),
        Ratio("90 %: p99 ÷ timer-20ms", P99, (Ours, Ninety), (Timer, Ninety), Most(1)),
        Value("backlog: MiB in the end ÷ after 50 thousand", (Runs.Backlog, Memory, Growth), Most(1.1)),
        Ratio("door, 1/s: p50 ÷ over AMQP", P50, (Door, Alone), (Ours, Alone), Most(1.3)),
        Ratio("door, 100/s: p50 ÷ over AMQP", P50, (Door, At100), (Ours, At100), Most(1.3)),
        Ratio("door, flow ÷ over AMQP", Rate, (Door, Flow), (Ours, Flow), Least(0.5)),
        Ratio("drain, own dispatch ÷ MassTransit's", Rate, (Parts, Drain), (Stock, Drain), Least(1.15)),
        Ratio("50 %: p99, own dispatch ÷ MassTransit's", P99, (Parts, Half), (Stock, Half), Most(0.75)),
        Ratio("drain ÷ the other build", Rate, (Ours, Drain), (Other, Drain), Least(0.95)),
        Ratio("flow ÷ the other build", Rate, (Ours, Flow), (Other, Flow), Least(0.95)),
        Ratio("1/s: p50 ÷ the other build", P50, (Ours, Alone), (Other, Alone), Most(1.05)),
        Ratio("100/s: p50 ÷ the other build", P50, (Ours, At100), (Other, At100), Most(1.05)),
        Ratio("500/s: p50 ÷ the other build", P50, (Ours, At500), (Other, At500), Most(1.05)),
        Ratio("50 %: p50 ÷ the other build", P50, (Ours, Half), (Other, Half), Most(1.05)),
        Ratio("flow, xmin held and dead rows ÷ without", Rate, (Held, Flow), (Free, Flow), Least(0.9)),
        Ratio("drain, a synchronous standby ÷ none", Rate, (Standby, Drain), (NoStandby, Drain), Least(0.7)),
        Ratio("flow, a synchronous standby ÷ none", Rate, (Standby, Flow), (NoStandby, Flow), Least(0.7)),
        Ratio("500/s: p99, retention beside it ÷ none", P99, (With, At500), (Without, At500), Most(2)),
    ];

    static Target Ratio(
        string name, (string Contestant, string Measured, Func<Figure, double?> Value) above,
        (string Contestant, string Measured, Func<Figure, double?> Value) below, Bound bound) =>
        new(name, of => of(above.Contestant, above.Measured, above.Value)
            / of(below.Contestant, below.Measured, below.Value), bound);

    static Target Ratio(
        string name, Func<Figure, double?> value, (string Contestant, string Measured) above,
        (string Contestant, string Measured) below, Bound bound) =>
        new(name, of => of(above.Contestant, above.Measured, value)
            / of(below.Contestant, below.Measured, value), bound);

    static Target Value(
        string name, (string Contestant, string Measured, Func<Figure, double?> Value) what, Bound bound) =>
        new(name, of => of(what.Contestant, what.Measured, what.Value), bound);

    static double? Rate(Figure figure) => figure.MessagesPerSecond;

    static double? P50(Figure figure) => figure.P50Milliseconds;

    static double? P99(Figure figure) => figure.P99Milliseconds;

    static double? Total(Figure figure) => figure.TotalMicroseconds;

    static double? Wal(Figure figure) => figure.WalBytesPerMessage;

    static double? Ready(Figure figure) => figure.ReadyMilliseconds;

    static double? First(Figure figure) => figure.FirstEventMilliseconds;

    static double? IdleCpu(Figure figure) => figure.IdleMilliseconds;

    static double? Growth(Figure figure) => figure.MebibytesLate / figure.MebibytesEarly;
}
