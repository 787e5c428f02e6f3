using System.Runtime.InteropServices;

namespace Reversals.Tests.Harness;

/// <summary>The signals that a machine, its operator or its kernel send to processes.</summary>
static partial class Signals
{
    internal const int Interrupt = 2;
    internal const int Kill = 9;
    internal const int Terminate = 15;
    internal const int Continue = 18;
    internal const int Stop = 19;

    /// <summary>0 and below would be this very program, and whoever belongs to it.</summary>
    internal static void Send(int pid, int signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pid);
        _ = SystemKill(pid, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SystemKill(int pid, int signal);
}
