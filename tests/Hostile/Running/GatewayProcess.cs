namespace Reversals.Tests.Hostile.Running;

/// <summary>The gateway as it is delivered.</summary>
sealed class GatewayProcess : IAsyncDisposable
{
    const int KeptLines = 40;

    readonly ChildProcess _process;

    GatewayProcess(ChildProcess process) => _process = process;

    /// <summary>Of the callers.</summary>
    internal required int Port { get; init; }

    internal required int HealthPort { get; init; }

    internal bool IsRunning => _process.IsRunning;

    internal string Said => _process.Said;

    internal long PeakMemory => _process.PeakMemory;

    /// <summary>Starts it and waits until it can ask.</summary>
    internal static async Task<GatewayProcess> StartAsync(
        string program, string rabbitMq, IReadOnlyDictionary<string, string> keys)
    {
        var (port, health) = (Ports.Free(), Ports.Free());
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__RabbitMq"] = rabbitMq,
            ["Http__Port"] = port.ToString(CultureInfo.InvariantCulture),
            ["Health__Port"] = health.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (client, key) in keys)
        {
            settings[$"Clients__{client}__ApiKeys__0"] = key;
        }

        var process = ChildProcess.Start(program, [], settings, keep: KeptLines);
        await process.UntilAsync(() => ChildProcess.IsReadyAsync(health), "ready");
        return new GatewayProcess(process) { Port = port, HealthPort = health };
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
