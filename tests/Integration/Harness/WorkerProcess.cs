using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Reversals.Tests.Integration.Harness;

/// <summary>The program as it is delivered, in a process of its own.</summary>
sealed class WorkerProcess : IDisposable
{
    readonly Process _process;
    readonly StringBuilder _output = new();
    readonly StringBuilder _error = new();

    WorkerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    static string Program => Path.Combine(AppContext.BaseDirectory, "reversal-worker");

    internal int ExitCode => _process.ExitCode;

    internal bool IsRunning => !_process.HasExited;

    /// <summary>The most memory it ever had at once, in bytes.</summary>
    internal long PeakMemory
    {
        get
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").Single(
                one => one.StartsWith("VmHWM:", StringComparison.Ordinal));
            return 1024 * long.Parse(
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    internal string Output => Read(_output);

    internal string Error => Read(_error);

    /// <summary>Starts a verb with these settings and no others.</summary>
    /// <param name="verb">Its command line.</param>
    /// <param name="settings">All of its settings.</param>
    /// <param name="limit">How much memory it may have; null: as much as there is.</param>
    internal static WorkerProcess Start(
        IEnumerable<string> verb, IReadOnlyDictionary<string, string?> settings, MemoryLimit? limit = null)
    {
        string[] command = [Program, .. verb];
        command = limit?.Around(command) ?? command;
        return Start(command[0], command[1..], settings, limit);
    }

    /// <summary>The same, and its output is a pipe that is full and that nobody reads.</summary>
    internal static WorkerProcess StartUnread(
        IEnumerable<string> verb, IReadOnlyDictionary<string, string?> settings) =>
        Start("/bin/sh",
            [
                "-c",
                "pipe=$(mktemp -u) && mkfifo $pipe && exec 3<>$pipe && rm $pipe && " +
                    "head -c 65536 /dev/zero >&3 && exec \"$@\" >&3",
                "sh", Program, .. verb,
            ],
            settings);

    static WorkerProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> settings,
        MemoryLimit? limit = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] inherited = [.. start.Environment.Keys];
        foreach (var name in inherited.Where(name => name.Contains("__", StringComparison.Ordinal)))
        {
            start.Environment.Remove(name);
        }

        limit?.Set(start.Environment);
        foreach (var (name, value) in settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        return new WorkerProcess(Process.Start(start)!);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    /// <summary>Asks it to end; does not wait until it has.</summary>
    internal void Terminate()
    {
        using var kill = Process.Start(
            "kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
    }

    internal Task TerminateAsync()
    {
        Terminate();
        return EndAsync();
    }

    /// <summary>Waits for the end, and brings it about when it does not come.</summary>
    internal async Task EndAsync(int seconds = 40)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            Assert.Fail($"The process did not end within {seconds} s. It said: {Error}{Output}");
        }
    }

    static void Keep(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null)
            {
                text.AppendLine(line);
            }
        }
    }

    static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
