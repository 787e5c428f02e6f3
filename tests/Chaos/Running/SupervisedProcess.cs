namespace Reversals.Tests.Chaos.Running;

/// <summary>
/// A process that is started again at once whenever it ends. An end that nobody brought about is a broken promise.
/// </summary>
sealed class SupervisedProcess
{
    /// <summary>SIGTERM before the program could say what it wants to do then.</summary>
    const int KilledWhileStarting = 128 + Signals.Terminate;

    readonly string _name;
    readonly Func<Action<string>, ChildProcess> _start;
    readonly Watch _watch;
    readonly int _stopSeconds;
    readonly Task _supervising;
    ChildProcess? _process;
    string? _endedBy;
    bool _stopped;

    /// <param name="name">In the log and in complaints.</param>
    /// <param name="start">Starts it; what it is given hears each line.</param>
    /// <param name="watch">Reads what it says.</param>
    /// <param name="stopSeconds">How long it may take to stop.</param>
    internal SupervisedProcess(
        string name, Func<Action<string>, ChildProcess> start, Watch watch, int stopSeconds)
    {
        (_name, _start, _watch, _stopSeconds) = (name, start, watch, stopSeconds);
        _supervising = SuperviseAsync();
    }

    /// <summary>How often it has ended although nobody had brought it about.</summary>
    internal int EndedByItself { get; private set; }

    /// <returns>False: it was stopped before.</returns>
    internal async Task<bool> StopAsync()
    {
        if (_stopped)
        {
            return false;
        }

        _stopped = true;
        Signal(Signals.Continue);
        Terminate();
        try
        {
            await _supervising.WaitAsync(TimeSpan.FromSeconds(_stopSeconds));
        }
        catch (TimeoutException)
        {
            _watch.Complain(8, $"{_name} did not stop within {_stopSeconds} s of SIGTERM");
            Kill();
            await _supervising;
        }

        return true;
    }

    internal void Kill()
    {
        _endedBy = "SIGKILL";
        Signal(Signals.Kill);
    }

    internal void Terminate()
    {
        _endedBy ??= "SIGTERM";
        Signal(Signals.Terminate);
    }

    internal void Signal(int signal) => _process?.Signal(signal);

    async Task SuperviseAsync()
    {
        while (!_stopped)
        {
            _endedBy = null;
            using var process = _start(line => _watch.Read(_name, line));
            _process = process;
            if (_stopped)
            {
                Terminate();
            }

            await process.ExitAsync();
            _process = null;
            Judge(process.ExitCode);
        }
    }

    void Judge(int code)
    {
        if (_endedBy is null)
        {
            EndedByItself++;
            _watch.Complain(8, $"{_name} ended by itself with {code}: {_watch.LastLines(_name)}");
        }
        else if (_endedBy is "SIGTERM" && code is not (0 or KilledWhileStarting))
        {
            _watch.Complain(8, $"{_name} ended after SIGTERM with {code}");
        }
    }
}
