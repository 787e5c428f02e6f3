using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Reversals.Tests.Chaos.Links;

namespace Reversals.Tests.Chaos.World;

/// <summary>
/// One worker, a real process behind links of its own, and its supervisor: whenever it ends it is started
/// again at once. An end that nobody brought about is a broken promise.
/// </summary>
sealed class WorkerProcess : IAsyncDisposable
{
    /// <summary>SIGTERM before the program could say what it wants to do then.</summary>
    const int KilledWhileStarting = 128 + Signals.Terminate;

    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    readonly int _number;
    readonly ChaosOptions _options;
    readonly Servers _servers;
    readonly Watch _watch;
    readonly CrashPlan? _crashes;
    readonly Task _supervising;
    Process? _process;
    CrashPoint? _point;
    string? _endedBy;
    bool _stopped;

    internal WorkerProcess(
        int number, ChaosOptions options, Servers servers, Watch watch, CrashPlan? crashes)
    {
        (_number, _options, _servers, _watch, _crashes) = (number, options, servers, watch, crashes);
        Postgres = new Link(servers.PostgresPlace, isPostgres: true) { Kill = () => End("P4-after") };
        RabbitMq = new Link(servers.RabbitMqPlace, isPostgres: false);
        _supervising = SuperviseAsync();
    }

    internal Link Postgres { get; }

    internal Link RabbitMq { get; }

    internal int Number => _number;

    internal int HealthPort { get; } = Ports.Free();

    /// <summary>Most memory in bytes that one of its processes held.</summary>
    internal long MostMemory { get; private set; }

    public async ValueTask DisposeAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        Signal(Signals.Continue);
        Terminate();
        try
        {
            await _supervising.WaitAsync(TimeSpan.FromSeconds(40));
        }
        catch (TimeoutException)
        {
            _watch.Complain(8, $"worker {_number} did not stop within 40 s of SIGTERM");
            Kill();
            await _supervising;
        }

        await Postgres.DisposeAsync();
        await RabbitMq.DisposeAsync();
    }

    internal void Kill() => End("SIGKILL");

    internal void Terminate()
    {
        _endedBy ??= "SIGTERM";
        Signal(Signals.Terminate);
    }

    internal void Signal(int signal)
    {
        if (Alive() is { } process)
        {
            Signals.Send(process.Id, signal);
        }
    }

    /// <summary>Ends it when its next start is one that is sent to a named point and this one is not.</summary>
    internal void Doom()
    {
        if (_point is null && _crashes is { IsOn: true })
        {
            Kill();
        }
    }

    /// <summary>Whether it reads messages and is to die at a named point.</summary>
    internal async Task<bool> IsDoomedAsync() => _point is not null && await IsReadyAsync();

    internal async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{HealthPort}/health/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    internal void Weigh()
    {
        if (Alive() is { } process)
        {
            process.Refresh();
            MostMemory = Math.Max(MostMemory, process.WorkingSet64);
        }
    }

    /// <summary>The process, unless its end is known already: its id may be somebody else's by now.</summary>
    Process? Alive()
    {
        try
        {
            return _process is { HasExited: false } process ? process : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    void End(string by)
    {
        _endedBy = by;
        Signal(Signals.Kill);
    }

    async Task SuperviseAsync()
    {
        while (!_stopped)
        {
            _endedBy = null;
            _point = _crashes?.Next();
            Postgres.Begin(killAtCommit: _point?.Name is "P4-after");
            using var process = Process.Start(
                WorkerSettings.Command(this, _options.Worker, _servers, _point))!;
            _process = process;
            if (_stopped)
            {
                Terminate();
            }

            await Task.WhenAll(
                ListenAsync(process.StandardOutput), ListenAsync(process.StandardError),
                process.WaitForExitAsync());
            _process = null;
            Judge(_point, process.ExitCode);
        }
    }

    void Judge(CrashPoint? point, int code)
    {
        var by = _endedBy;
        if (point is not null)
        {
            _crashes!.Ended(point, hit: string.Equals(by, point.Name, StringComparison.Ordinal));
        }

        if (by is null)
        {
            _watch.Complain(8, $"worker {_number} ended by itself with {code}: {_watch.LastLines(_number)}");
        }
        else if (by is "SIGTERM" && code is not (0 or KilledWhileStarting))
        {
            _watch.Complain(8, $"worker {_number} ended after SIGTERM with {code}");
        }
    }

    async Task ListenAsync(StreamReader lines)
    {
        const string crashed = "crash point ";
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(crashed, StringComparison.Ordinal))
            {
                _endedBy = line[crashed.Length..];
            }

            _watch.Read(_number, line);
        }
    }
}
