using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Measuring;

namespace Reversals.Tests.Benchmarks;

/// <summary>What is to be run, and how much of it.</summary>
sealed record BenchOptions
{
    /// <summary>The worker's executable.</summary>
    public required string Worker { get; init; }

    /// <summary>Another build's executable; null: there is none to compare with.</summary>
    public required string? Other { get; init; }

    /// <summary>This program of another build, for its bare client; null: there is none.</summary>
    public required string? BareBefore { get; init; }

    /// <summary>The executable of <c>tests/Peers</c>.</summary>
    public required string Peers { get; init; }

    /// <summary>The gateway's executable.</summary>
    public required string Gateway { get; init; }

    /// <summary>How often each contestant has its turn; the median is reported.</summary>
    public required int Rounds { get; init; }

    /// <summary>Messages of the backlog, and again of the closed loop.</summary>
    public required int Count { get; init; }

    /// <summary>Messages before the first one that counts.</summary>
    public required int Warmup { get; init; }

    /// <summary>Names of the contestants that take part; empty: all.</summary>
    public required IReadOnlyList<string> Only { get; init; }

    /// <summary>Seconds at 1/s, of the contestants and of the bare hops; 0: left out.</summary>
    public required int AloneSeconds { get; init; }

    /// <summary>Seconds at 100/s, at 500/s, at 50 % (twice) and at 90 %; 0: left out.</summary>
    public required int LoadSeconds { get; init; }

    /// <summary>Seconds of each pgbench run.</summary>
    public required int PgbenchSeconds { get; init; }

    /// <summary>The subscriber's queue is a quorum queue; otherwise a durable classic one.</summary>
    public required bool QuorumTap { get; init; }

    /// <summary>Settings for every contestant, as NAME=VALUE.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Numbers of worker processes to compare; empty: no such run.</summary>
    public required IReadOnlyList<int> Workers { get; init; }

    /// <summary>Numbers of bills to compare; empty: no such run.</summary>
    public required IReadOnlyList<long> Bills { get; init; }

    /// <summary>As many past reversals as bills, in the runs that compare numbers of bills.</summary>
    public required bool Past { get; init; }

    /// <summary>In those runs the requests are for so many payments, the newest; 0: for all.</summary>
    public required long Recent { get; init; }

    /// <summary>Only makes the books of the runs that compare numbers of bills, for a later run.</summary>
    public required bool OnlySeed { get; init; }

    /// <summary>
    /// Percent of the requests on a bill that had one a hundred requests before; 0: none, as far as there are
    /// bills enough.
    /// </summary>
    public required int SameBill { get; init; }

    /// <summary>One open bill takes every message.</summary>
    public required bool Hot { get; init; }

    /// <summary>Percent of messages sent again; 0: no such run.</summary>
    public required int Duplicates { get; init; }

    /// <summary>Percent of messages to be refused; 0: no such run.</summary>
    public required int Rejections { get; init; }

    /// <summary>Messages of the memory run; 0: no such run.</summary>
    public required int Backlog { get; init; }

    /// <summary>
    /// Dead rows of the outbox that a transaction held open keeps, beside a run without; 0: no such run.
    /// </summary>
    public required long Held { get; init; }

    /// <summary>A run without a standby, and one that waits for a synchronous one.</summary>
    public required bool Standby { get; init; }

    /// <summary>Old events that are anonymised beside a load of <c>--load</c> seconds; 0: no such run.</summary>
    public required long Retention { get; init; }

    /// <summary>Where the figures go as JSON lines; null: nowhere.</summary>
    public required string? Json { get; init; }

    /// <summary>Only the runs that show growth, not the contestants.</summary>
    internal bool OnlyGrowth =>
        Workers.Count > 0 || Bills.Count > 0 || Hot || Duplicates > 0 || Rejections > 0 || Backlog > 0
        || Held > 0 || Standby || Retention > 0;

    internal bool Takes(string contestant) =>
        Only.Count == 0 || Only.Contains(contestant, StringComparer.Ordinal);

    internal bool Takes(Contestant contestant) =>
        Takes(contestant.Name) && (Only.Count > 0 || !contestant.OnlyNamed);

    /// <summary>The executable of a contestant.</summary>
    internal string ProgramOf(Contestant contestant) =>
        contestant.Hosted ? Environment.ProcessPath!
        : contestant == Contestant.Other ? Other!
        : contestant == Contestant.Before ? BareBefore!
        : contestant == Contestant.Wolverine ? Peers
        : Worker;

    /// <summary>
    /// The books of the contestants: 10,000 bills, and a payment for whatever the loads may turn out to
    /// need.
    /// </summary>
    internal Shape UsualShape => new()
    {
        Bills = 10_000,
        Payments = Warmup + (2 * Count) + (2 * AloneSeconds)
            + ((LoadSeconds + Stage.RampSeconds) * FastestLoad),
        SameBill = SameBill,
    };

    /// <summary>
    /// Messages a second, of all the open loops together, for which payments are seeded; faster loads last
    /// shorter.
    /// </summary>
    const int FastestLoad = 30_000;
}
