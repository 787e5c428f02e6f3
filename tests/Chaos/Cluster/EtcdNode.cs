namespace Reversals.Tests.Chaos;

/// <summary>One member of the etcd cluster in which Patroni keeps who leads.</summary>
sealed class EtcdNode(ClusterHost host, int port, int peerPort, string folder) : IAsyncDisposable
{
    readonly TextWriter _log = TextWriter.Synchronized(
        File.CreateText(string.Create(CultureInfo.InvariantCulture, $"{folder}.log")));

    ChildProcess? _process;

    internal ClusterHost Host => host;

    internal bool IsRunning => _process is { IsRunning: true };

    /// <summary>For its clients.</summary>
    internal string Place => string.Create(CultureInfo.InvariantCulture, $"{host.Address}:{port}");

    string PeerUrl => string.Create(CultureInfo.InvariantCulture, $"http://{host.Address}:{peerPort}");

    string Name => string.Create(CultureInfo.InvariantCulture, $"etcd{host.Number}");

    public async ValueTask DisposeAsync()
    {
        _process?.Dispose();
        await _log.DisposeAsync();
    }

    internal void Start(IEnumerable<EtcdNode> all) => _process = host.Start(
        [
            "etcd", "--name", Name, "--data-dir", folder, "--unsafe-no-fsync", "--logger", "zap",
            "--listen-client-urls", $"http://{Place}", "--advertise-client-urls", $"http://{Place}",
            "--listen-peer-urls", PeerUrl, "--initial-advertise-peer-urls", PeerUrl,
            "--initial-cluster", string.Join(',', all.Select(one => $"{one.Name}={one.PeerUrl}")),
        ],
        [], _log.WriteLine);

    internal async Task KillAsync()
    {
        _process!.Signal(Signals.Kill);
        await _process.EndAsync();
        await _process.DisposeAsync();
        _process = null;
    }
}
