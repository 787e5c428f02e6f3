using System.Runtime.InteropServices;

namespace Reversals.Hosting;

/// <summary>A retry delay that doubles with each attempt.</summary>
/// <param name="First">After the first attempt.</param>
/// <param name="Longest">After many.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    /// <summary>So that the power stays a number: by then every longest delay is reached.</summary>
    const int MostDoublings = 20;

    /// <summary>The delay after an attempt.</summary>
    /// <param name="attempt">From 1; before the first attempt it is as after it.</param>
    internal TimeSpan After(int attempt)
    {
        var delay = First * Math.Pow(2, Math.Clamp(attempt - 1, 0, MostDoublings));
        return delay < Longest ? delay : Longest;
    }
}
