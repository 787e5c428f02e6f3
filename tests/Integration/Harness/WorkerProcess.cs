namespace Reversals.Tests.Integration.Harness;

/// <summary>The program as it is delivered, in a process of its own.</summary>
static class WorkerProcess
{
    static string Program => Path.Combine(AppContext.BaseDirectory, "reversal-worker");

    /// <summary>Starts a verb with these settings and no others.</summary>
    /// <param name="verb">Its command line.</param>
    /// <param name="settings">All of its settings.</param>
    /// <param name="limit">How much memory it may have; null: as much as there is.</param>
    internal static ChildProcess Start(
        IEnumerable<string> verb, IReadOnlyDictionary<string, string?> settings, MemoryLimit? limit = null)
    {
        string[] command = [Program, .. verb];
        command = limit?.Around(command) ?? command;
        var environment = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);
        limit?.Set(environment);
        return ChildProcess.Start(command[0], command[1..], environment);
    }

    /// <summary>
    /// The same as at a terminal, where Ctrl-C ends it: what a script starts in the background ignores that.
    /// </summary>
    internal static ChildProcess StartAtTerminal(
        IEnumerable<string> verb, IReadOnlyDictionary<string, string?> settings) =>
        ChildProcess.Start("/usr/bin/env", ["--default-signal=INT", Program, .. verb], settings);

    /// <summary>The same, and its output is a pipe that is full and that nobody reads.</summary>
    internal static ChildProcess StartUnread(
        IEnumerable<string> verb, IReadOnlyDictionary<string, string?> settings) => ChildProcess.Start(
            "/bin/sh",
            [
                "-c",
                "pipe=$(mktemp -u) && mkfifo $pipe && exec 3<>$pipe && rm $pipe && " +
                    "head -c 65536 /dev/zero >&3 && exec \"$@\" >&3",
                "sh", Program, .. verb,
            ],
            settings);
}
