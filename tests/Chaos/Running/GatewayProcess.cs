using Reversals.Tests.Chaos.Nemesis;
using Reversals.Tests.Chaos.Workload;

namespace Reversals.Tests.Chaos.Running;

/// <summary>
/// One gateway, a real process behind a link of its own to the broker. Whenever it ends it is started again at
/// once; an end that nobody brought about is a broken promise.
/// </summary>
sealed class GatewayProcess : IAsyncDisposable
{
    const int KilledWhileStarting = 128 + Signals.Terminate;

    readonly string _name;
    readonly ChaosOptions _options;
    readonly Servers _servers;
    readonly Watch _watch;
    readonly Task _supervising;
    ChildProcess? _process;
    string? _endedBy;
    bool _stopped;

    internal GatewayProcess(int number, ChaosOptions options, Servers servers, Watch watch)
    {
        (_name, _options, _servers, _watch) = ($"gateway-{number}", options, servers, watch);
        RabbitMq = new Link(
            "127.0.0.1", servers.RabbitMq.Port, readers: () => (null, new ConfirmReader(Confirms)));
        _supervising = SuperviseAsync();
    }

    internal Link RabbitMq { get; }

    internal ConfirmLosses Confirms { get; } = new();

    /// <summary>Of the callers.</summary>
    internal int Port { get; } = Ports.Free();

    internal int HealthPort { get; } = Ports.Free();

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
            await _supervising.WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            _watch.Complain(8, $"{_name} did not stop within 20 s of SIGTERM");
            Kill();
            await _supervising;
        }

        await RabbitMq.DisposeAsync();
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

    internal Task<bool> IsReadyAsync() => ChildProcess.IsReadyAsync(HealthPort);

    async Task SuperviseAsync()
    {
        while (!_stopped)
        {
            _endedBy = null;
            using var process = ChildProcess.Start(
                _options.Gateway, [], Settings(), line => _watch.Read(_name, line), keep: 0);
            _process = process;
            if (_stopped)
            {
                Terminate();
            }

            await process.ExitAsync();
            _process = null;
            if (_endedBy is null)
            {
                _watch.Complain(
                    8, $"{_name} ended by itself with {process.ExitCode}: {_watch.LastLines(_name)}");
            }
            else if (_endedBy is "SIGTERM" && process.ExitCode is not (0 or KilledWhileStarting))
            {
                _watch.Complain(8, $"{_name} ended after SIGTERM with {process.ExitCode}");
            }
        }
    }

    Dictionary<string, string?> Settings() => new(StringComparer.Ordinal)
    {
        ["ConnectionStrings__RabbitMq"] =
            $"amqp://{Servers.WorkerUser}:{_servers.Password}@127.0.0.1:{RabbitMq.Port}/",
        [$"Clients__{Client.Acme.Id}__ApiKeys__0"] = Client.Acme.Key,
        [$"Clients__{Client.Globex.Id}__ApiKeys__0"] = Client.Globex.Key,
        ["Http__Port"] = Port.ToString(CultureInfo.InvariantCulture),
        ["Http__AnswerTimeout"] = "00:00:03",
        ["Health__Port"] = HealthPort.ToString(CultureInfo.InvariantCulture),
    };
}
