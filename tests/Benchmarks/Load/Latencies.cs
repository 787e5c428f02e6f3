using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>Milliseconds from due to heard.</summary>
sealed record Latencies(double P50, double P99, double P999, double Most, int Count)
{
    internal static Latencies Of(
        IReadOnlyList<Message> messages, Func<int, long> dueAt, Func<int, long> heardAt) =>
        Of([.. messages.Select(message => Stopwatch.GetElapsedTime(dueAt(message.Index),
            heardAt(message.Index)).TotalMilliseconds)]);

    internal static Latencies Of(double[] milliseconds)
    {
        Array.Sort(milliseconds);
        return new Latencies(
            At(milliseconds, 0.50), At(
                milliseconds, 0.99), At(milliseconds, 0.999), milliseconds[^1], milliseconds.Length);
    }

    /// <param name="figure">What else was measured.</param>
    /// <param name="rate">What was offered a second.</param>
    /// <param name="p99BySecond">Of each second of the timetable.</param>
    internal Figure In(Figure figure, double rate, IEnumerable<double> p99BySecond) => figure with
    {
        OfferedPerSecond = rate,
        P50Milliseconds = P50,
        P99Milliseconds = P99,
        P999Milliseconds = P999,
        MostMilliseconds = Most,
        P99BySecond = [.. p99BySecond],
    };

    /// <summary>Nearest rank: a latency that really happened, never an average of two.</summary>
    static double At(double[] sorted, double share) =>
        sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
