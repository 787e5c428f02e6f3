namespace Reversals.Processing.Configuration;

/// <summary>
/// How long each part may take to stop, each shorter than the next: the work in flight, the bus, the host;
/// then the grace of the container.
/// </summary>
static class StopTimeouts
{
    internal static readonly TimeSpan Work = TimeSpan.FromSeconds(20);
    internal static readonly TimeSpan Bus = TimeSpan.FromSeconds(25);
    internal static readonly TimeSpan Host = TimeSpan.FromSeconds(30);
}
