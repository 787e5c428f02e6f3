using System.Runtime.InteropServices;

namespace Reversals.Tests.Benchmarks.Machine;

/// <summary>What <c>/proc</c> says about processes of this machine.</summary>
static partial class Proc
{
    /// <summary>USER_HZ, which Linux keeps at 100 whatever its own clock does.</summary>
    const double TicksPerSecond = 100;

    static readonly string[] TcpTables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>CPU seconds of a process, with those of its children that ended; 0 when it is gone.</summary>
    internal static double CpuSeconds(int pid) =>
        Stat(pid) is { } stat ? (
            Ticks(stat, 11) + Ticks(stat, 12) + Ticks(stat, 13) + Ticks(stat, 14)) / TicksPerSecond : 0;

    /// <summary>CPU seconds of a process and everything below it, ended or not.</summary>
    internal static double TreeCpuSeconds(int pid)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(
                Path.GetFileName(folder), CultureInfo.InvariantCulture, out var child) ? child : 0)
            .Where(child => child > 0 && Parent(child) == pid);
        return CpuSeconds(pid) + children.Sum(TreeCpuSeconds);
    }

    /// <summary>CPU seconds of the children that ended.</summary>
    internal static double EndedChildrenCpuSeconds(int pid) =>
        Stat(pid) is { } stat ? (Ticks(stat, 13) + Ticks(stat, 14)) / TicksPerSecond : 0;

    internal static int? Parent(int pid) =>
        Stat(pid) is { } stat ? int.Parse(stat[1], CultureInfo.InvariantCulture) : null;

    /// <summary>Short name of the program; null when there is no such process.</summary>
    internal static string? Name(int pid) => Read($"/proc/{pid}/comm")?.Trim();

    /// <summary>
    /// A line of <c>/proc/PID/status</c> in MiB, such as VmRSS (now) or VmHWM (at the most so far).
    /// </summary>
    internal static double? Mebibytes(int pid, string field)
    {
        return Status(pid, field) / 1024;
    }

    /// <summary>A number of <c>/proc/PID/status</c>, such as Threads.</summary>
    internal static double? Status(int pid, string field)
    {
        var line = Read($"/proc/{pid}/status")?.Split('\n')
            .FirstOrDefault(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return line is null
            ? null
            : double.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The process that listens on a TCP port of this machine; null when it cannot be seen from here.
    /// </summary>
    internal static int? Listener(int port)
    {
        var hex = port.ToString("X4", CultureInfo.InvariantCulture);
        var socket = TcpTables
            .SelectMany(file => (Read(file) ?? "").Split('\n').Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length > 9 && parts[3] is "0A" && parts[1].EndsWith(
                ":" + hex, StringComparison.Ordinal))
            .Select(parts => $"socket:[{parts[9]}]")
            .FirstOrDefault();
        return socket is null ? null : Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(
                Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Holds(pid, socket))
            .Select(pid => (int?)pid)
            .FirstOrDefault();
    }

    static bool Holds(int pid, string socket)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fd")
                .Any(file => string.Equals(new FileInfo(file).LinkTarget, socket, StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // gone meanwhile, or somebody else's
        }
    }

    static double Ticks(string[] stat, int field) => long.Parse(stat[field], CultureInfo.InvariantCulture);

    /// <summary>
    /// The fields after the name, which may itself hold blanks: state is 0, the parent 1, utime 11.
    /// </summary>
    static string[]? Stat(int pid) =>
        Read($"/proc/{pid}/stat") is { } text ? text[(text.LastIndexOf(')') + 2)..].Split(' ') : null;

    static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns when all that was written on this machine is on its disks.</summary>
    [LibraryImport("libc", EntryPoint = "sync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void Sync();
}
