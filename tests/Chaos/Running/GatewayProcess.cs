using Reversals.Tests.Chaos.Nemesis;
using Reversals.Tests.Chaos.Workload;

namespace Reversals.Tests.Chaos.Running;

/// <summary>
/// One gateway, a real process behind a link of its own to the broker. Whenever it ends it is started again at
/// once; an end that nobody brought about is a broken promise.
/// </summary>
sealed class GatewayProcess : IAsyncDisposable
{
    const int StopSeconds = 20;

    readonly Servers _servers;
    readonly SupervisedProcess _process;

    internal GatewayProcess(int number, ChaosOptions options, Servers servers, Watch watch)
    {
        _servers = servers;
        RabbitMq = new Link(
            "127.0.0.1", servers.RabbitMq.Port, readers: () => (null, new ConfirmReader(Confirms)));
        _process = new SupervisedProcess(
            $"gateway-{number}", hear => ChildProcess.Start(options.Gateway, [], Settings(), hear, keep: 0), watch,
            StopSeconds);
    }

    internal Link RabbitMq { get; }

    internal ConfirmLosses Confirms { get; } = new();

    /// <summary>Of the callers.</summary>
    internal int Port { get; } = Ports.Free();

    internal int HealthPort { get; } = Ports.Free();

    public async ValueTask DisposeAsync()
    {
        if (await _process.StopAsync())
        {
            await RabbitMq.DisposeAsync();
        }
    }

    internal void Kill() => _process.Kill();

    internal void Terminate() => _process.Terminate();

    internal void Signal(int signal) => _process.Signal(signal);

    internal Task<bool> IsReadyAsync() => ChildProcess.IsReadyAsync(HealthPort);

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
