using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>A contestant's process. Whatever happens to this program, it does not stay behind.</summary>
sealed class Child : IAsyncDisposable
{
    /// <summary>What a hosted contestant says when it reads.</summary>
    internal const string Ready = "READY";

    const int MostLines = 30;
    static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(35);
    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    readonly Process _process;
    readonly Queue<string> _lines = new();
    readonly Dictionary<string, long> _saidAt = new(StringComparer.Ordinal);
    bool _disposed;

    Child(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        AppDomain.CurrentDomain.ProcessExit += KillNow;
    }

    internal int Pid => _process.Id;

    /// <summary>Starts it and waits until it reads the queue.</summary>
    internal static async Task<Child> StartAsync(
        Contestant contestant, string worker, string postgres, string rabbitMq,
        IReadOnlyDictionary<string, string> settings)
    {
        var port = Ports.Free();
        var start = new ProcessStartInfo(contestant.Hosted ? Environment.ProcessPath! : worker)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        if (contestant.Hosted)
        {
            start.ArgumentList.Add("serve");
            start.ArgumentList.Add(contestant.Name);
        }

        start.Environment["ConnectionStrings__Postgres"] = postgres;
        start.Environment["ConnectionStrings__RabbitMq"] = rabbitMq;
        start.Environment[$"Clients__{Shape.Client}__ApiKeys__0"] = Shape.Key;
        start.Environment["Health__Port"] = port.ToString(CultureInfo.InvariantCulture);
        if (contestant.HasMetrics)
        {
            start.Environment["Telemetry__PrometheusPort"] =
                Ports.Free().ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (name, value) in settings.Concat(contestant.Settings))
        {
            start.Environment[name] = value;
        }

        var child = new Child(Process.Start(start)!);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        child._process.StandardInput.Close();
        await child.UntilAsync(
            () => contestant.Hosted ? Task.FromResult(
                child.SaidAt(Ready) is not null) : IsReadyAsync(port), StartTimeout);
        return child;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            Proc.Signal(Pid, Proc.Continue);
            Proc.Signal(Pid, Proc.Terminate);
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

    /// <summary>
    /// When the process first said a line, see <see cref="Stopwatch.GetTimestamp"/>; null: not yet.
    /// </summary>
    internal long? SaidAt(string line)
    {
        lock (_lines)
        {
            return _saidAt.TryGetValue(line, out var at) ? at : null;
        }
    }

    /// <summary>Waits for a condition as long as the process lives and the time lasts.</summary>
    internal async Task UntilAsync(Func<Task<bool>> condition, TimeSpan longest)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(since) > longest)
            {
                throw new BenchmarkException(
                    $"{_process.StartInfo.FileName} " +
                    $"{(_process.HasExited ? "ended" : "is not where it should be")}:\n" +
                    LastLines());
            }

            await Task.Delay(20);
        }
    }

    internal string LastLines()
    {
        lock (_lines)
        {
            return string.Join('\n', _lines.Select(line => "  | " + line));
        }
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

        var now = Stopwatch.GetTimestamp();
        lock (_lines)
        {
            _saidAt.TryAdd(line, now);
            _lines.Enqueue(line);
            if (_lines.Count > MostLines)
            {
                _saidAt.Remove(_lines.Dequeue());
            }
        }
    }

    void KillNow(object? sender, EventArgs e) => Proc.Signal(Pid, 9);
}
