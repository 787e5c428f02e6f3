namespace Reversals.Tests.Harness;

/// <summary>A program in a process of its own that does not outlive this one; what it says is kept.</summary>
sealed class ChildProcess : IAsyncDisposable, IDisposable
{
    /// <summary>What it takes a worker to stop when it is asked to.</summary>
    const int StopSeconds = 40;

    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    readonly Process _process;
    readonly Action<string>? _hear;
    readonly int _keep;
    readonly Queue<(bool IsError, string Text)> _lines = new();
    bool _disposed;

    ChildProcess(Process process, Action<string>? hear, int keep)
    {
        (_process, _hear, _keep) = (process, hear, keep);
        process.OutputDataReceived += (_, line) => Keep(isError: false, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(isError: true, line.Data);
        AppDomain.CurrentDomain.ProcessExit += KillNow;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
    }

    internal int Id => _process.Id;

    internal int ExitCode => _process.ExitCode;

    /// <summary>False as well when its end is known already: its id may be somebody else's by then.</summary>
    internal bool IsRunning => !_disposed && !_process.HasExited;

    /// <summary>Bytes of memory that it holds now.</summary>
    internal long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The most memory it ever had at once, in bytes.</summary>
    internal long PeakMemory
    {
        get
        {
            var line = File.ReadLines($"/proc/{Id}/status").Single(
                one => one.StartsWith("VmHWM:", StringComparison.Ordinal));
            return 1024 * long.Parse(
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    internal string Output => Text(line => !line.IsError);

    internal string Error => Text(line => line.IsError);

    /// <summary>The last lines of both.</summary>
    internal string Said => Text(_ => true);

    /// <summary>Starts a program with these settings and none that are inherited.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="settings">By the names of configuration or of the environment.</param>
    /// <param name="hear">Called for each line.</param>
    /// <param name="keep">How many lines are kept, the last ones.</param>
    internal static ChildProcess Start(
        string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string?>> settings,
        Action<string>? hear = null, int keep = int.MaxValue)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] inherited = [.. start.Environment.Keys];
        foreach (var name in inherited.Where(name => name.Contains("__", StringComparison.Ordinal)))
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        return new ChildProcess(Process.Start(start)!, hear, keep);
    }

    /// <summary>Lets a worker migrate the database of its settings, and fails with what it said when it does not.</summary>
    internal static async Task MigrateAsync(string worker, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        await using var process = Start(worker, ["migrate"], settings);
        await process.ExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{worker} migrate ended with {process.ExitCode}: {process.Said}");
        }
    }

    /// <summary>Whether a worker with this health port reads messages.</summary>
    internal static async Task<bool> IsReadyAsync(int port, string address = "127.0.0.1")
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://{address}:{port}/health/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            AppDomain.CurrentDomain.ProcessExit -= KillNow;
            _process.Kill();
            _process.Dispose();
        }
    }

    /// <summary>Asks it to end, and ends it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            Signal(Signals.Continue);
            Signal(Signals.Terminate);
            await EndsAsync(StopSeconds);
        }

        Dispose();
    }

    internal void Signal(int signal)
    {
        if (IsRunning)
        {
            Signals.Send(Id, signal);
        }
    }

    internal Task TerminateAsync()
    {
        Signal(Signals.Terminate);
        return EndAsync();
    }

    /// <summary>Waits for the end and for its last words.</summary>
    internal Task ExitAsync() => _process.WaitForExitAsync();

    /// <summary>Waits for the end, and brings it about when it does not come.</summary>
    internal async Task EndAsync(int seconds = StopSeconds)
    {
        if (!await EndsAsync(seconds))
        {
            _process.Kill();
            throw new TimeoutException($"The process did not end within {seconds} s. It said: {Said}");
        }
    }

    /// <summary>Waits for a condition as long as the process lives and the time lasts.</summary>
    internal async Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 60)
    {
        var holds = false;
        await Until.TakesAsync(async () => (holds = await condition()) || !IsRunning, seconds);
        if (!holds)
        {
            throw new InvalidOperationException(
                $"Not {what}: {_process.StartInfo.FileName} {(IsRunning ? "still runs" : "ended")}:\n{Said}");
        }
    }

    async Task<bool> EndsAsync(int seconds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    void Keep(bool isError, string? line)
    {
        if (line is null)
        {
            return;
        }

        _hear?.Invoke(line);
        lock (_lines)
        {
            _lines.Enqueue((isError, line));
            if (_lines.Count > _keep)
            {
                _lines.Dequeue();
            }
        }
    }

    string Text(Func<(bool IsError, string Text), bool> which)
    {
        lock (_lines)
        {
            return string.Concat(_lines.Where(which).Select(line => line.Text + "\n"));
        }
    }

    void KillNow(object? sender, EventArgs e) => _process.Kill();
}
