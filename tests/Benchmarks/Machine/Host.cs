namespace Reversals.Tests.Benchmarks.Machine;

/// <summary>The machine, for the head of the report.</summary>
static class Host
{
    internal static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(
                line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        var memory = File.ReadLines(
            "/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores ({model ?? "?"}), " +
            $"{double.Parse(memory, CultureInfo.InvariantCulture) / 1024 / 1024:0.0} GiB, " +
            $".NET {Environment.Version}");
    }

    /// <summary>
    /// Load average of the last minute: above 1 at the start, somebody else is using the machine.
    /// </summary>
    internal static double LoadAverage() =>
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
