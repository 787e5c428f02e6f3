using Reversals.Tests.Chaos.Nemesis;
using Reversals.Tests.Chaos.Workload;
using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos;

/// <summary>What was found and measured, beside what was promised.</summary>
sealed class Scoreboard(ChaosOptions options, Generator generator, CrashPlan crashes, Injector injector)
{
    const int ShownOfEach = 2;
    const double FirstProgress = 2;
    const double Backlog = 15;

    internal static readonly string[] Invariants =
    [
        "conservation: nothing taken twice or made", "one effect a key", "nothing lost", "no phantom",
        "an event for each effect, copies identical", "order within a bill", "drained", "alive",
        "nothing forged accepted", "no secrets said", "nothing held on to",
        "callers told what the books say",
    ];

    readonly List<Finding> _findings = [];
    readonly List<(TimeSpan? First, TimeSpan? Backlog)> _recoveries = [];

    /// <summary>The same, as it would have been without others on the machine.</summary>
    readonly List<(TimeSpan? First, TimeSpan? Backlog)> _judged = [];
    double _slowest = 1;
    long _sustained;
    TimeSpan _sustainedFor;
    long _applied;
    int _unknownCommits;
    int _lostConfirms;
    int _hostile;
    (int Told, int Suspect, int NotTaken) _calls;
    int _sends;

    /// <summary>How many are to be caused.</summary>
    internal int UnknownCommits => FaultKind.All.Any(kind =>
        kind.Name.Contains("COMMIT", StringComparison.Ordinal) && options.Wants(kind))
        && options.Faults >= 100 ? options.Faults / 5 : 0;

    internal string LastRecovery => $"first progress {Text(_recoveries[^1].First)}, " +
        $"backlog gone {Text(_recoveries[^1].Backlog)}";

    /// <summary>Null: not all requests were of a sort that every worker knows.</summary>
    internal Losses? Losses { get; set; }

    internal void Add(IEnumerable<Finding> findings) => _findings.AddRange(findings);

    internal void Sustained(long applied, TimeSpan during)
    {
        _sustained += applied;
        _sustainedFor += during;
    }

    /// <param name="firstProgress">Null: it never came.</param>
    /// <param name="backlogGone">Null: it never was.</param>
    /// <param name="slowdown">How many times longer everything took because of others.</param>
    internal void Recovered(TimeSpan? firstProgress, TimeSpan? backlogGone, double slowdown)
    {
        _recoveries.Add((firstProgress, backlogGone));
        _judged.Add((firstProgress / slowdown, backlogGone / slowdown));
        _slowest = Math.Max(_slowest, slowdown);
    }

    internal void Links(IEnumerable<WorkerProcess> workers)
    {
        foreach (var worker in workers)
        {
            _unknownCommits += worker.Commits.Unknown;
            _lostConfirms += worker.Confirms.Lost;
        }
    }

    internal void Sent(IReadOnlyList<Sent> sent, long applied)
    {
        _applied = applied;
        _sends = sent.Count;
        _calls = (
            sent.Count(one => one.Told is not null),
            sent.Count(one => one.Told is { } told && Told.IsSuspect(told.Body)),
            sent.Count(one => one.Told is { Status: 503 }));
        _hostile = sent.Count(one => !one.Authentic || !one.WellFormed);
    }

    /// <summary>Prints everything; 0 when all held, else 1.</summary>
    internal int Print(TimeSpan took)
    {
        TellBroken(options.Contestant.IsOurs ? _findings : []);
        Console.WriteLine($"\n{"",-44} {"this run",14} {"promised",10} {"goal",8}");
        var (passed, failed) = (0, 0);
        foreach (var row in Rows())
        {
            Console.WriteLine($"{row.What,-44} {row.Found,14} {row.Floor,10} {row.Goal,8}  {Mark(row.Held)}");
            passed += row.Held is true ? 1 : 0;
            failed += row.Held is false ? 1 : 0;
        }

        Console.Write(Losses is null ? "" : $"\n{Losses.Text}\n");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nseed {options.Seed}, {_sends} sends, {took.TotalSeconds:F0} s; logs: {options.State}"));
        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    /// <summary>What is broken, with the shortest histories that show it.</summary>
    internal static void TellBroken(IEnumerable<Finding> findings)
    {
        foreach (var group in findings.GroupBy(finding => finding.Invariant).OrderBy(group => group.Key))
        {
            Console.WriteLine(
                $"\nBROKEN invariant {group.Key}, {Invariants[group.Key - 1]}: {group.Count()} times");
            // The oracle tells the history of the first few only.
            foreach (var finding in group.OrderBy(finding => finding.History.Count == 0)
                .ThenBy(finding => finding.History.Count).Take(ShownOfEach))
            {
                Console.WriteLine($"  {finding.Text}");
                Console.WriteLine(string.Concat(finding.History.Select(line => $"    {line}\n")));
            }
        }
    }

    IEnumerable<(string What, string Found, string Floor, string Goal, bool? Held)> Rows()
    {
        var classes = Math.Min(options.Faults >= 1000 ? 24 : 12, FaultKind.All.Count(options.Wants));
        yield return AtLeast("reversals applied", _applied, options.Reversals, "100000");
        var planned = Math.Min(options.Faults, FaultPlan.Rounds(options).Sum(round => round.Count));
        yield return AtLeast("faults injected", injector.Count, planned, "1000");
        yield return AtLeast("  in classes", injector.Classes, options.Faults == 0 ? 0 : classes, "24");
        foreach (var (what, count) in Losses?.Rows ?? [])
        {
            yield return (what, Text(count), "0", "0", count == 0);
        }

        if (!options.Contestant.IsOurs)
        {
            yield break;
        }

        foreach (var (place, name) in Invariants.Index())
        {
            var broken = _findings.Count(finding => finding.Invariant == place + 1);
            yield return ($"{place + 1}. {name}", Text(broken), "0", "0", broken == 0);
        }

        yield return AtLeast("crash points hit, 24 sides", crashes.Hit, crashes.Planned, "480");
        yield return AtLeast("unknown commits resolved rightly", _unknownCommits, UnknownCommits, "200");
        yield return ("confirms lost", Text(_lostConfirms), "", "", null);
        yield return AtLeast("copies of one key at once, one effect", generator.Copied, options.Copies, "10000");
        yield return ("answers over HTTP", Text(_calls.Told), "", "", null);
        yield return ("  suspect", Text(_calls.Suspect), "", "", null);
        yield return ("  not taken", Text(_calls.NotTaken), "", "", null);
        yield return ("hostile requests tried", Text(_hostile), "", "", null);
        yield return InTime(
            "first progress after healing, longest", recovery => recovery.First, FirstProgress);
        yield return InTime("backlog gone after healing, longest", recovery => recovery.Backlog, Backlog);
        yield return ("work of others made it slower at most", Text(_slowest), "", "", null);
        yield return ("reversals/s while faults run, when pressed",
            _sustainedFor == TimeSpan.Zero ? "-" : Text((long)(_sustained / _sustainedFor.TotalSeconds)),
            "", "500", null);
    }

    /// <summary>Shows how long it was; judges how long it would have been without others' work.</summary>
    (string What, string Found, string Floor, string Goal, bool? Held) InTime(
        string what, Func<(TimeSpan? First, TimeSpan? Backlog), TimeSpan?> time, double most) =>
        (what, Text(Longest(_recoveries.Select(time))), $"{most} s", $"{most} s",
            Longest(_judged.Select(time)) is { } longest && longest.TotalSeconds <= most);

    static (string What, string Found, string Floor, string Goal, bool? Held) AtLeast(
        string what, long found, long floor, string goal) =>
        (what, Text(found), Text(floor), goal, found >= floor);

    /// <summary>Null when one of them never came, or nothing was measured.</summary>
    static TimeSpan? Longest(IEnumerable<TimeSpan?> times) =>
        times.OrderByDescending(time => time ?? TimeSpan.MaxValue).FirstOrDefault();

    static string Mark(bool? held) => held switch { true => "held", false => "BROKEN", null => "" };

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    static string Text(double times) => string.Create(CultureInfo.InvariantCulture, $"{times:F1} times");

    static string Text(TimeSpan? time) =>
        time is { TotalSeconds: var seconds }
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
            : "never";
}
