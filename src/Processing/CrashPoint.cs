using System.Diagnostics;

namespace Reversals.Processing;

/// <summary>
/// Named points at which a chaos run kills this process, as a power cut would. Only the build configuration
/// Chaos has them: elsewhere the calls are not compiled at all.
/// </summary>
/// <remarks>
/// A message passes, each with a point before and after it: receive, verify, load (and lock), decide, save,
/// send-commit, tell-outcome, acknowledge; its event: claim, publish, confirm, complete. Between saving and
/// sending the COMMIT nothing of the worker runs: at after-save the proxy of the chaos run kills.
/// </remarks>
static class CrashPoint
{
#if CHAOS
    /// <summary>A point and how often it is passed before it kills: <c>before-save:17</c>.</summary>
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
