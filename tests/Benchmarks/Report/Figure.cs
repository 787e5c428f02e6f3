namespace Reversals.Tests.Benchmarks.Report;

/// <summary>
/// One measurement, a line of the JSON file. Null: not measured, or not to be seen from here.
/// </summary>
sealed record Figure
{
    public int Round { get; init; } = 1;
    public required string Contestant { get; init; }

    /// <summary>What was measured, see <see cref="Phase"/>.</summary>
    public required string Measured { get; init; }
    public required int Messages { get; init; }
    public required double Seconds { get; init; }
    public double MessagesPerSecond => Messages / Seconds;

    /// <summary>Messages a second that were to be sent; null: as many as went through.</summary>
    public double? OfferedPerSecond { get; init; }
    public double? WorkerMicroseconds { get; init; }

    /// <summary>The gateway's part of it.</summary>
    public double? GatewayMicroseconds { get; init; }
    public double? PostgresMicroseconds { get; init; }
    public double? RabbitMqMicroseconds { get; init; }
    public double? BenchMicroseconds { get; init; }

    /// <summary>What a message costs on the machine: the contestant, PostgreSQL and RabbitMQ.</summary>
    public double? TotalMicroseconds => WorkerMicroseconds + PostgresMicroseconds + RabbitMqMicroseconds;
    public double? WalBytesPerMessage { get; init; }
    public double? MessagesPerBatch { get; init; }
    public double? RoundTripsPerMessage { get; init; }
    public double? MebibytesAtMost { get; init; }
    public double? MebibytesEarly { get; init; }
    public double? MebibytesLate { get; init; }
    public double? Threads { get; init; }
    public double? P50Milliseconds { get; init; }
    public double? P99Milliseconds { get; init; }
    public double? P999Milliseconds { get; init; }
    public double? MostMilliseconds { get; init; }

    /// <summary>The p99 of each second of the timetable: a stall is high in one, an overload in all.</summary>
    public IReadOnlyList<double>? P99BySecond { get; init; }

    /// <summary>From exec until it reads the queue, and until its first event was heard.</summary>
    public double? ReadyMilliseconds { get; init; }
    public double? FirstEventMilliseconds { get; init; }

    /// <summary>CPU milliseconds a second while nothing happens.</summary>
    public double? IdleMilliseconds { get; init; }
}

/// <summary>Names of what is measured.</summary>
static class Phase
{
    internal const string Drain = "drain";
    internal const string Flow = "flow";
    internal const string Steady = "steady";
    internal const string Alone = "1/s";

    /// <summary>Messages a second that users really have.</summary>
    internal static readonly IReadOnlyList<int> Rates = [100, 500];

    internal static string Of(int rate) => FormattableString.Invariant($"{rate}/s");

    internal const string Half = "50%";

    /// <summary>Half load, every second request on a bill that had one a hundred requests before.</summary>
    internal const string Again = "50% again";
    internal const string Ninety = "90%";
    internal const string Memory = "memory";
    internal const string Idle = "idle";
    internal const string Start = "start";
}

/// <summary>Names of runs that are no contestant of <see cref="Contestants.Contestant"/>.</summary>
static class Runs
{
    internal const string Probe = "probe";
    internal const string Pgbench = "pgbench";

    /// <summary>The writing statements in one round trip.</summary>
    internal const string Pipelined = "pgbench-pipeline";
    internal const string Backlog = "backlog";
    internal const string XminFree = "nobody holds xmin";
    internal const string XminHeld = "xmin held, dead rows in front";
    internal const string NoStandby = "no standby";
    internal const string Standby = "one synchronous standby";
    internal const string NoRetention = "no retention";
    internal const string Retention = "retention beside it";
    internal const int RetentionRate = 500;

    internal static string Bills(long bills) => FormattableString.Invariant($"{bills:#,0} bills");
}
