using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Measuring;

namespace Reversals.Tests.Benchmarks.Report;

/// <summary>A ratio with its target; null: the run did not measure both sides.</summary>
sealed record Ratio(string Name, double? Value, double Target, bool AtLeast)
{
    /// <summary>It is told only when both sides were measured.</summary>
    internal bool Optional { get; init; }

    internal bool IsMet => AtLeast ? Value >= Target : Value <= Target;
}

/// <summary>The ratios to be reached, each the median over the rounds of what one round gives.</summary>
static class Ratios
{
    const string Ours = "ours";

    static readonly IReadOnlyList<string> Quiet = [Phase.Alone, .. Phase.Rates.Select(Phase.Of)];

    internal static IReadOnlyList<Ratio> Of(Figures figures)
    {
        Ratio AtLeast(string name, double target, (
            string, string) upper, (string, string) lower, Func<Figure, double?> value) =>
            new(name, Divide(figures, upper, value, lower, value), target, AtLeast: true);
        Ratio AtMost(
            string name, double target, (string, string) upper, Func<Figure, double?> value,
            (string, string) lower, Func<Figure, double?> below) =>
            new(name, Divide(figures, upper, value, lower, below), target, AtLeast: false);

        var drained = (Ours, Phase.Drain);
        var alone = (Ours, Phase.Alone);
        var timer = (Contestant.Timer.Name, Phase.Ninety);
        var (few, many) = (Growth.Bills(10_000), Growth.Bills(20_000_000));
        return
        [
            AtLeast(
                "ours ÷ ours with batch limit 1", 6, drained, (Contestant.LimitOne.Name, Phase.Drain), Rate),
            AtLeast("ours ÷ pgbench, one commit each, best of 1/8/32 clients", 1.8, drained, (
                Pgbench.Name, ""), Rate),
            AtLeast(
                "ours ÷ the bare-client coalescer", 0.75, drained, (Contestant.Bare.Name, Phase.Drain), Rate),
            AtMost("median alone ÷ one commit + two broker hops", 1.5, alone, P50, (
                Hops.Name, Phase.Alone), P50),
            AtMost("p99 at 50 % ÷ the median alone", 5, (Ours, Phase.Half), P99, alone, P50),
            AtMost("p50 at 90 % ÷ with a 20 ms timer", 1, (Ours, Phase.Ninety), P50, timer, P50),
            AtMost("p99 at 90 % ÷ with a 20 ms timer", 1, (Ours, Phase.Ninety), P99, timer, P99),
            new("memory after the backlog ÷ after 50 thousand", Memory(figures), 1.1, AtLeast: false),
            AtLeast("throughput at 20 million bills ÷ at 10 thousand", 0.8, (
                many, Phase.Drain), (few, Phase.Drain), Rate),
            AtLeast("ours ÷ hand-written", 5.5, drained, (Contestant.HandWritten.Name, Phase.Drain), Rate),
            .. Quiet.SelectMany(phase => (Ratio[])
            [
                AtMost($"median at {phase}, ours ÷ hand-written", 1, (Ours, phase), P50,
                    (Contestant.HandWritten.Name, phase), P50),
                AtMost($"p99 at {phase}, ours ÷ hand-written", 1, (Ours, phase), P99,
                    (Contestant.HandWritten.Name, phase), P99),
            ]),
            AtMost("median through the gateway ÷ over AMQP, alone", 1.3,
                (Contestant.Door.Name, Phase.Alone), P50, alone, P50),
            AtMost("median through the gateway ÷ over AMQP, 100/s", 1.3,
                (Contestant.Door.Name, Phase.Of(100)), P50, (Ours, Phase.Of(100)), P50),
            AtLeast("throughput through the gateway ÷ over AMQP", 0.5, (Contestant.Door.Name, Phase.Flow),
                (Ours, Phase.Flow), Rate),
            .. Besides(AtLeast, AtMost).Select(ratio => ratio with { Optional = true }),
        ];
    }

    /// <summary>What only a run with contestants of <c>--only</c> can tell.</summary>
    static Ratio[] Besides(
        Func<string, double, (string, string), (string, string), Func<Figure, double?>, Ratio> atLeast,
        Func<string, double, (string, string), Func<Figure, double?>, (string, string), Func<Figure, double?>,
            Ratio> atMost)
    {
        var (own, stock, other) = (Contestant.Parts.Name, Contestant.Stock.Name, Contestant.Other.Name);
        return
        [
            atLeast("own dispatch ÷ MassTransit's", 1.15, (own, Phase.Drain), (stock, Phase.Drain), Rate),
            atMost("p99 at 50 %, own dispatch ÷ MassTransit's", 0.75, (own, Phase.Half), P99,
                (stock, Phase.Half), P99),
            atLeast("ours ÷ the other build, drain", 0.95, (Ours, Phase.Drain), (other, Phase.Drain), Rate),
            atLeast("ours ÷ the other build, flow", 0.95, (Ours, Phase.Flow), (other, Phase.Flow), Rate),
            atMost("median alone, ours ÷ the other build", 1.05, (Ours, Phase.Alone), P50,
                (other, Phase.Alone), P50),
            .. ((string[])[Phase.Drain, Phase.Flow]).SelectMany(phase => (Ratio[])
            [
                atLeast($"xmin held ÷ not held, {phase}", 0.9, (Growth.Held, phase), (Growth.Free, phase), Rate),
                atLeast($"one synchronous standby ÷ none, {phase}", 0.7, (Growth.Confirmed, phase),
                    (Growth.Alone, phase), Rate),
            ]),
            atMost("p99 at 500/s, retention beside it ÷ none", 2, (RetentionRun.With, Phase.Of(RetentionRun.Rate)),
                P99, (RetentionRun.Without, Phase.Of(RetentionRun.Rate)), P99),
            .. Phase.Rates.Select(rate => atMost(
                FormattableString.Invariant($"median at {rate}/s, ours ÷ the other build"), 1.05,
                (Ours, Phase.Of(rate)), P50, (other, Phase.Of(rate)), P50)),
            atMost("median at 50 %, ours ÷ the other build", 1.05, (Ours, Phase.Half), P50,
                (other, Phase.Half), P50),
        ];
    }

    static double? Divide(
        Figures figures, (string Contestant, string Measured) upper, Func<Figure, double?> above,
        (string Contestant, string Measured) lower, Func<Figure, double?> below) =>
        figures.MedianOfRounds(of =>
            of(upper.Contestant, upper.Measured, above) / of(lower.Contestant, lower.Measured, below));

    static double? Memory(Figures figures)
    {
        double[] ratios =
        [
            .. figures.All
                .Where(figure => !string.Equals(
                    figure.Contestant, Contestant.Door.Name, StringComparison.Ordinal))
                .Select(figure => figure.MebibytesLate / figure.MebibytesEarly).OfType<double>(),
        ];
        return ratios.Length == 0 ? null : Figures.Median(ratios);
    }

    static double? Rate(Figure figure) => figure.MessagesPerSecond;

    static double? P50(Figure figure) => figure.P50Milliseconds;

    static double? P99(Figure figure) => figure.P99Milliseconds;
}
