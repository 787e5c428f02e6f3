using System.Diagnostics;

namespace Reversals.Processing;

/// <summary>
/// Named points at which a chaos run kills this process, as a power cut would. Only the build configuration
/// Chaos has them: elsewhere the calls are not compiled at all.
/// </summary>
static class CrashPoint
{
#if CHAOS
    /// <summary>A point and how many times it is passed before it kills, as in <c>P4-before:17</c>.</summary>
    static readonly string[] Wanted =
        (Environment.GetEnvironmentVariable("CHAOS_CRASH") ?? "").Split(':', 2);

    static int _passed;
#endif

    [Conditional("CHAOS")]
    internal static void Reached(string point)
    {
#if CHAOS
        if (string.Equals(point, Wanted[0], StringComparison.Ordinal)
            && Interlocked.Increment(ref _passed) == int.Parse(Wanted[1], null))
        {
            Console.Error.WriteLine($"crash point {point}");
            Process.GetCurrentProcess().Kill();
        }
#endif
    }
}
