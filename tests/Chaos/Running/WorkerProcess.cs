using System.Net.Sockets;
using Reversals.Tests.Chaos.Nemesis;

namespace Reversals.Tests.Chaos.Running;

/// <summary>
/// One worker, a real process behind links of its own, and its supervisor: whenever it ends it is started
/// again at once. An end that nobody brought about is a broken promise.
/// </summary>
sealed class WorkerProcess : IAsyncDisposable
{
    /// <summary>SIGTERM before the program could say what it wants to do then.</summary>
    const int KilledWhileStarting = 128 + Signals.Terminate;

    const string Loopback = "127.0.0.1";

    readonly int _number;
    readonly ChaosOptions _options;
    readonly Servers _servers;
    readonly Watch _watch;
    readonly CrashPlan? _crashes;
    readonly ManualResetEventSlim _hears = new(initialState: true);
    readonly Task _supervising;
    ChildProcess? _process;
    CrashPoint? _point;
    string? _endedBy;
    bool _stopped;

    internal WorkerProcess(
        int number, ChaosOptions options, Servers servers, Watch watch, CrashPlan? crashes)
    {
        (_number, _options, _servers, _watch, _crashes) = (number, options, servers, watch, crashes);
        Commits = new CommitLosses(() => End("after-save"));
        Postgres = new Link(Loopback, servers.Postgres.Port, readers: () =>
        {
            var commits = new CommitReader(Commits);
            return (commits, new AnswerReader(commits));
        });
        RabbitMq = new Link(
            Loopback, servers.RabbitMq.Port, readers: () => (null, new ConfirmReader(Confirms)));
        _supervising = SuperviseAsync();
    }

    internal Link Postgres { get; }

    internal Link RabbitMq { get; }

    internal CommitLosses Commits { get; }

    internal ConfirmLosses Confirms { get; } = new();

    internal int Number => _number;

    string Name => $"worker-{_number}";

    internal int HealthPort { get; } = Ports.Free();

    /// <summary>How often it has ended although nobody had brought it about.</summary>
    internal int EndedByItself { get; private set; }

    /// <summary>Most memory in bytes that one of its processes held.</summary>
    internal long MostMemory { get; private set; }

    public async ValueTask DisposeAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        HearAgain();
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
        _hears.Dispose();
    }

    internal void Kill() => End("SIGKILL");

    internal void Terminate()
    {
        _endedBy ??= "SIGTERM";
        Signal(Signals.Terminate);
    }

    internal void Signal(int signal) => _process?.Signal(signal);

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

    internal Task<bool> IsReadyAsync() => ChildProcess.IsReadyAsync(HealthPort);

    internal void Weigh()
    {
        if (_process is { IsRunning: true } process)
        {
            MostMemory = Math.Max(MostMemory, process.Memory);
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
            Commits.Begin(killAtCommit: _point?.Name is "after-save");
            var command = _options.Contestant.Command;
            using var process = ChildProcess.Start(
                command[0], command.Skip(1), WorkerSettings.Of(this, _servers, _point), Hear, keep: 0);
            _process = process;
            if (_stopped)
            {
                Terminate();
            }

            await process.ExitAsync();
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
            EndedByItself++;
            _watch.Complain(8, $"worker {_number} ended by itself with {code}: {_watch.LastLines(Name)}");
        }
        else if (by is "SIGTERM" && code is not (0 or KilledWhileStarting))
        {
            _watch.Complain(8, $"worker {_number} ended after SIGTERM with {code}");
        }
    }

    /// <summary>Whoever reads its log stops reading: the pipe fills up behind it.</summary>
    internal void HearNothing() => _hears.Reset();

    internal void HearAgain() => _hears.Set();

    void Hear(string line)
    {
        _hears.Wait();
        const string crashed = "crash point ";
        if (line.StartsWith(crashed, StringComparison.Ordinal))
        {
            _endedBy = line[crashed.Length..];
        }

        _watch.Read(Name, line);
    }
}
