using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Unit;

/// <summary>The table of targets at the end of tests/bench.sh.</summary>
public sealed class BenchTargetTests
{
    const string OfHandWritten = "drain ÷ hand-written";

    static readonly Target[] All = [.. Targets.All, .. Targets.Besides];

    /// <summary>Whose figures must be good; all others are what these are compared with.</summary>
    static readonly string[] Held =
    [
        "ours", "door", "ours-parts", Runs.Bills(20_000_000), Runs.XminHeld, Runs.Standby, Runs.Retention,
        Runs.Backlog,
    ];

    /// <summary>Compared with one that must be about as good.</summary>
    static readonly string[] Equal =
        [Runs.Bills(10_000), Runs.XminFree, Runs.NoStandby, Runs.NoRetention, "bare-coalescer"];

    static readonly string[] Phases =
    [
        Phase.Drain, Phase.Flow, Phase.Alone, .. Phase.Rates.Select(Phase.Of), Phase.Half, Phase.Again,
        Phase.Ninety, Phase.Memory, Phase.Idle, Phase.Start,
    ];

    [Theory]
    [Each(true, false)]
    public void The_script_of_pgbench_has_a_value_for_each_parameter_of_the_workers_statements(bool pipelined) =>
        PgbenchScript.Write(10, pipelined).ShouldNotContain("$");

    [Fact]
    public void What_was_written_is_reported_once_more_as_it_was_also_of_a_run_that_was_ended_early()
    {
        var file = Path.GetTempFileName();
        var measured = new Figures(file, TextWriter.Null);
        measured.Append(new { Date = "2026-11-29 01:24 UTC" });
        measured.Add(Drain("ours", 6_000));
        measured.Round = 2;
        measured.Add(Drain("ours", 5_000));
        measured.Add(Drain("hand-written", 1_000));

        Table.Of(Figures.Read(File.ReadLines(file))).ShouldBe(Table.Of(measured));
        File.Delete(file);
    }

    [Theory]
    [InlineData(6_000, Target.Met)]
    [InlineData(5_500, Target.Met)]
    [InlineData(5_499, Target.NotMet)]
    [InlineData(600, Target.NotMet)]
    public void A_target_is_met_from_its_bound_on(int rate, string verdict)
    {
        var figures = Of([Drain("ours", rate), Drain("hand-written", 1_000)]);

        Named(OfHandWritten).Measured(figures)!.Value.ShouldBe(rate / 1_000.0, tolerance: 1e-9);
        Named(OfHandWritten).Verdict(figures).ShouldBe(verdict);
    }

    [Fact]
    public void With_one_side_alone_a_target_is_not_measured()
    {
        Named(OfHandWritten).Verdict(Of([Drain("ours", 6_000)])).ShouldBe(Target.NotMeasured);
        Named(OfHandWritten).Verdict(Of([Drain("hand-written", 1_000)])).ShouldBe(Target.NotMeasured);
        Named("drain: WAL bytes a message").Verdict(Of([Drain("ours", 6_000)])).ShouldBe(Target.NotMeasured);
    }

    [Fact]
    public void The_sides_of_a_ratio_are_of_one_round()
    {
        var figures = Of([Drain("ours", 6_000)], [Drain("hand-written", 1_000)]);

        Named(OfHandWritten).Verdict(figures).ShouldBe(Target.NotMeasured);
    }

    [Fact]
    public void One_bad_round_of_three_decides_nothing_and_two_do()
    {
        Figure[] good = [Drain("ours", 6_000), Drain("hand-written", 1_000)];
        Figure[] bad = [Drain("ours", 2_000), Drain("hand-written", 1_000)];

        Named(OfHandWritten).Verdict(Of(good, bad, good)).ShouldBe(Target.Met);
        Named(OfHandWritten).Verdict(Of(bad, good, bad)).ShouldBe(Target.NotMet);
    }

    [Fact]
    public void A_good_run_meets_each_target()
    {
        var figures = Of(GoodRun());

        All.ShouldAllBe(target => target.Verdict(figures) == Target.Met);
    }

    [Fact]
    public void Each_target_is_missed_when_a_figure_of_the_one_it_judges_gets_worse()
    {
        var run = GoodRun();
        foreach (var target in All)
        {
            var missed = run.Where(worse =>
                !target.Bound.Holds(target.Of(Reading(run, worse))!.Value)).ToArray();

            missed.ShouldHaveSingleItem(target.Name);
            Held.Contains(missed[0].Contestant, StringComparer.Ordinal).ShouldBeTrue(target.Name);
        }
    }

    [Fact]
    public void The_report_ends_with_each_target_its_bound_what_was_measured_and_the_verdict()
    {
        var figures = Of([Drain("ours", 6_000), Drain("hand-written", 1_000), Drain("wolverine", 1_000)]);

        var lines = Table.Of(figures).TrimEnd().Split('\n')[^(Targets.All.Count + 1)..];

        lines[0].ShouldStartWith("the worker's targets");
        lines[1..].Select((line, place) => line.StartsWith(Targets.All[place].Name, StringComparison.Ordinal))
            .ShouldAllBe(isItsOwn => isItsOwn);
        Words(lines[1]).ShouldBe("drain ÷ hand-written ≥ 5.5 6.00 met");
        Words(lines[2]).ShouldBe("drain ÷ wolverine ≥ 7 6.00 NOT MET");
        Words(lines[3]).ShouldBe("drain ÷ pgbench, one commit each ≥ 4.2 – not measured in this run");
    }

    [Fact]
    public void The_report_tells_what_a_message_costs_all_together()
    {
        var drain = Good("ours", Phase.Drain) with { P50Milliseconds = null };

        var lines = Table.Of(Of([drain, Good("ours", Phase.Of(500))])).Split('\n');

        string.Join('\n', lines.Select(Words)).ShouldContain("ours drain 10,000 40 41 20 101 – – – 2000 –");
        string.Join('\n', lines.Select(Words)).ShouldContain("ours 500/s – – 1.0 1.0 1.0 1.0 101 2000");
        lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public void No_two_targets_have_one_name() =>
        All.Select(target => target.Name).Distinct(StringComparer.Ordinal).Count().ShouldBe(All.Length);

    static Target Named(string name) => All.Single(target => string.Equals(target.Name, name, StringComparison.Ordinal));

    static string Words(string line) =>
        string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    static Figures Of(params Figure[][] rounds)
    {
        var figures = new Figures(file: null, TextWriter.Null);
        for (var round = 0; round < rounds.Length; round++)
        {
            figures.Round = round + 1;
            Array.ForEach(rounds[round], figures.Add);
        }

        return figures;
    }

    /// <summary>A round with one figure a hundred times as bad.</summary>
    static Reading Reading(Figure[] run, Figure worse) => (contestant, measured, value) => run
        .Where(figure => string.Equals(figure.Contestant, contestant, StringComparison.Ordinal)
            && (measured.Length == 0 || string.Equals(figure.Measured, measured, StringComparison.Ordinal)))
        .Select(figure => value(figure == worse ? Worse(figure, 100) : figure)).Max();

    static Figure Drain(string contestant, int rate) =>
        new() { Contestant = contestant, Measured = Phase.Drain, Messages = rate, Seconds = 1 };

    static Figure[] GoodRun()
    {
        string[] others =
        [
            .. Contestant.All.Select(contestant => contestant.Name).Except(Held, StringComparer.Ordinal)
                .Except(Equal, StringComparer.Ordinal),
            Runs.Pgbench, Runs.Probe,
        ];
        return
        [
            .. Held.Concat(Equal).SelectMany(name => Phases.Select(phase => Good(name, phase))),
            .. others.SelectMany(name => Phases.Select(phase => Worse(Good(name, phase), 10))),
        ];
    }

    static Figure Good(string contestant, string phase) => new()
    {
        Contestant = contestant, Measured = phase, Messages = 10_000, Seconds = 1, WorkerMicroseconds = 40,
        PostgresMicroseconds = 41, RabbitMqMicroseconds = 20, WalBytesPerMessage = 2_000, P50Milliseconds = 1,
        P99Milliseconds = 1, P999Milliseconds = 1, MostMilliseconds = 1, ReadyMilliseconds = 100,
        FirstEventMilliseconds = 100, IdleMilliseconds = 5, MebibytesEarly = 100, MebibytesLate = 100,
    };

    /// <summary>Everything so many times as bad.</summary>
    static Figure Worse(Figure figure, int times) => figure with
    {
        Seconds = times * figure.Seconds,
        WorkerMicroseconds = times * figure.WorkerMicroseconds,
        WalBytesPerMessage = times * figure.WalBytesPerMessage,
        P50Milliseconds = times * figure.P50Milliseconds,
        P99Milliseconds = times * figure.P99Milliseconds,
        ReadyMilliseconds = times * figure.ReadyMilliseconds,
        FirstEventMilliseconds = times * figure.FirstEventMilliseconds,
        IdleMilliseconds = times * figure.IdleMilliseconds,
        MebibytesLate = times * figure.MebibytesLate,
    };
}
