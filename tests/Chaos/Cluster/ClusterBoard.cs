namespace Reversals.Tests.Chaos;

/// <summary>One loss, and how long it took until the rest stood and went on.</summary>
/// <param name="Fault">Its class.</param>
/// <param name="Stood">What the servers and their operator took.</param>
/// <param name="First">Null: it never came.</param>
/// <param name="Again">The first new event after all was made whole.</param>
/// <param name="Slowdown">How many times longer everything took because of others.</param>
sealed record ClusterLoss(string Fault, TimeSpan Stood, TimeSpan? First, TimeSpan? Again, double Slowdown)
{
    /// <summary>Promised after a new primary or leader stands.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    internal bool IsHeld => First / Slowdown <= Longest && Again / Slowdown <= Longest;
}

/// <summary>What was found and measured in a cluster.</summary>
sealed class ClusterBoard(ChaosOptions options)
{
    /// <summary>Classes that a run must come to that has not the time for all.</summary>
    const int Enough = 12;

    readonly List<ClusterLoss> _losses = [];
    IReadOnlyList<Finding>? _findings = [];
    int _sends;
    long _applied;

    internal int Planned { get; set; }

    internal bool HasEnoughClasses => Classes >= Enough;

    int Classes => _losses.Select(loss => loss.Fault).Distinct(StringComparer.Ordinal).Count();

    /// <summary>Null: never.</summary>
    internal TimeSpan? BacklogGone { get; set; }

    /// <summary>Said before: a run that stops short tells in what.</summary>
    internal void Begin(string fault) => Console.Write($"{_losses.Count + 1,3} of {Planned} {fault,-66} ");

    internal void Add(ClusterLoss loss)
    {
        _losses.Add(loss);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"stands after {Text(loss.Stood),6}, first new event {Text(loss.First),6}, " +
            $"when whole {Text(loss.Again),6}  {(loss.IsHeld ? "held" : "BROKEN")}" +
            $"{(loss.Slowdown > 1.1 ? $" (others made it {loss.Slowdown:F1} times slower)" : "")}"));
    }

    /// <summary>Null: not all requests were of a sort that every worker knows.</summary>
    internal Losses? Losses { get; set; }

    /// <param name="sent">The sender's journal.</param>
    /// <param name="applied">Reversals.</param>
    /// <param name="findings">Null: only the losses count.</param>
    internal void Judged(IReadOnlyList<Sent> sent, long applied, IReadOnlyList<Finding>? findings) =>
        (_sends, _applied, _findings) = (sent.Count, applied, findings);

    /// <summary>Prints everything; 0 when all held, else 1.</summary>
    internal int Print(TimeSpan took)
    {
        Scoreboard.TellBroken(_findings ?? []);
        List<(string What, string Found, bool Held)> rows =
        [
            .. _findings is null ? [] : OfInvariants(_findings),
            .. Losses is null ? [] : OfLosses(Losses),
            ("faults", $"{_losses.Count} of {Planned}",
                _losses.Count == Planned || (options.Faults == 0 && HasEnoughClasses)),
            ("first new event after each within 10 s",
                $"{_losses.Count(loss => loss.IsHeld)} of {_losses.Count}",
                _losses.TrueForAll(loss => loss.IsHeld)),
            ("backlog gone at the end", Text(BacklogGone), BacklogGone is not null),
        ];
        Console.WriteLine();
        foreach (var (what, found, held) in rows)
        {
            Console.WriteLine($"{what,-50} {found,14}  {(held ? "held" : "BROKEN")}");
        }

        if (Losses is not null)
        {
            Console.WriteLine($"\n{Losses.Text}");
        }

        var failed = rows.Count(row => !row.Held);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nseed {options.Seed}, {Classes} classes, " +
            $"{_sends} sends, {_applied} reversals, {took.TotalSeconds:F0} s; logs: {options.State}"));
        Console.WriteLine($"{rows.Count - failed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    static IEnumerable<(string, string, bool)> OfInvariants(IReadOnlyList<Finding> findings) =>
        Scoreboard.Invariants.SkipLast(1).Index().Select(one =>
        {
            var broken = findings.Count(finding => finding.Invariant == one.Index + 1);
            return ($"{one.Index + 1}. {one.Item}", $"{broken} broken", broken == 0);
        });

    static IEnumerable<(string, string, bool)> OfLosses(Losses losses) => losses.Rows.Select(
        one => (one.What, one.Count.ToString(CultureInfo.InvariantCulture), one.Count == 0));

    static string Text(TimeSpan? time) => time is { TotalSeconds: var seconds }
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
        : "never";
}
