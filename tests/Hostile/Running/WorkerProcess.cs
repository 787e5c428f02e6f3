using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Reversals.Tests.Hostile.Running;

/// <summary>The worker as it is delivered. It does not outlive this program.</summary>
sealed class WorkerProcess : IAsyncDisposable
{
    const int MostLines = 20;
    static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(35);
    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>
    /// What it says when a message was tried again or failed, or a connection was lost. Nothing a stranger
    /// sends may lead to any of it.
    /// </summary>
    static readonly string[] Complaints =
    [
        "could not be committed", "holds a message that fails", "fails alone", "Nothing can be ",
        "is interrupted", "were not confirmed", "cannot be read", "\"@l\":\"Error\"", "\"@l\":\"Fatal\"",
    ];

    readonly Process _process;
    readonly Queue<string> _complaints = new();
    readonly Queue<string> _lines = new();

    WorkerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        AppDomain.CurrentDomain.ProcessExit += KillNow;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
    }

    internal bool IsRunning => !_process.HasExited;

    /// <summary>Lines that should not have been said, the latest of them.</summary>
    internal IReadOnlyList<string> Complained
    {
        get
        {
            lock (_lines)
            {
                return [.. _complaints];
            }
        }
    }

    internal static async Task MigrateAsync(string program, IReadOnlyDictionary<string, string> environment)
    {
        await using var migration = Launch(program, environment, "migrate");
        await migration._process.WaitForExitAsync();
        if (migration._process.ExitCode != 0)
        {
            throw new HostileException($"The migration failed:\n{migration.Said()}");
        }
    }

    /// <summary>Starts it and waits until it reads the queue.</summary>
    internal static async Task<WorkerProcess> StartAsync(
        string program, IReadOnlyDictionary<string, string> environment)
    {
        var port = Ports.Free();
        var settings = new Dictionary<string, string>(environment, StringComparer.Ordinal)
        {
            ["Health__Port"] = port.ToString(CultureInfo.InvariantCulture),
        };
        var worker = Launch(program, settings);
        var since = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync(port))
        {
            if (!worker.IsRunning || Stopwatch.GetElapsedTime(since) > StartTimeout)
            {
                throw new HostileException($"The worker did not become ready:\n{worker.Said()}");
            }

            await Task.Delay(20);
        }

        // What it said of the servers before anything was sent is nobody's doing.
        lock (worker._lines)
        {
            worker._complaints.Clear();
        }

        return worker;
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            using var kill = Process.Start(
                "kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            using var patience = new CancellationTokenSource(StopTimeout);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        AppDomain.CurrentDomain.ProcessExit -= KillNow;
        _process.Dispose();
    }

    internal string Said()
    {
        lock (_lines)
        {
            return string.Join('\n', _lines.Select(line => "  | " + line));
        }
    }

    static WorkerProcess Launch(
        string program, IReadOnlyDictionary<string, string> environment, params string[] verb)
    {
        var start = new ProcessStartInfo(program, verb)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new WorkerProcess(Process.Start(start)!);
    }

    static async Task<bool> IsReadyAsync(int port)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            Add(_lines, line);
            if (Array.Exists(Complaints, complaint => line.Contains(complaint, StringComparison.Ordinal)))
            {
                Add(_complaints, line);
            }
        }
    }

    static void Add(Queue<string> lines, string line)
    {
        lines.Enqueue(line);
        if (lines.Count > MostLines)
        {
            lines.Dequeue();
        }
    }

    void KillNow(object? sender, EventArgs e) => _process.Kill();
}
