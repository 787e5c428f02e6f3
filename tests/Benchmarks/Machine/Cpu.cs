namespace Reversals.Tests.Benchmarks.Machine;

/// <summary>
/// CPU seconds used so far; null: the process cannot be seen from here (it is in a container).
/// </summary>
sealed record CpuTimes(double Worker, double? Postgres, double? RabbitMq, double Bench)
{
    public static CpuTimes operator -(CpuTimes after, CpuTimes before) => new(
        after.Worker - before.Worker, after.Postgres - before.Postgres,
        after.RabbitMq - before.RabbitMq, after.Bench - before.Bench);

    /// <summary>Microseconds a message.</summary>
    internal CpuTimes Per(int messages) => new(
        1e6 * Worker / messages, 1e6 * Postgres / messages, 1e6 * RabbitMq / messages,
            1e6 * Bench / messages);
}

/// <summary>
/// Reads the CPU of those who share the machine. PostgreSQL is the postmaster with all its processes, those
/// that
/// ended included; RabbitMQ is the process that listens, with what it started.
/// </summary>
sealed class Cpu(int? postmaster, int? broker)
{
    internal CpuTimes Read(IEnumerable<int> workers) => new(
        workers.Sum(Proc.TreeCpuSeconds),
        postmaster is { } postgres ? Proc.TreeCpuSeconds(postgres) : null,
        broker is { } beam ? Proc.TreeCpuSeconds(beam) : null,
        Environment.CpuUsage.TotalTime.TotalSeconds);
}
