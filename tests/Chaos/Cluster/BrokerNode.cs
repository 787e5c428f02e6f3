using System.Text.Json;

namespace Reversals.Tests.Chaos;

/// <summary>One RabbitMQ node.</summary>
sealed class BrokerNode : IAsyncDisposable
{
    const string Programs = "/usr/lib/rabbitmq/bin";
    const int StartSeconds = 180;

    readonly ClusterHost _host;
    readonly string _home;
    readonly int _port;
    readonly string[] _environment;
    readonly TextWriter _log;
    ChildProcess? _process;

    /// <param name="host">Where.</param>
    /// <param name="port">For AMQP.</param>
    /// <param name="epmd">The port of the daemon that knows the ports of the nodes.</param>
    /// <param name="home">Its folder.</param>
    internal BrokerNode(ClusterHost host, int port, int epmd, string home)
    {
        (_host, _port, _home) = (host, port, home);
        Directory.CreateDirectory(home);
        _log = TextWriter.Synchronized(File.CreateText($"{home}.log"));
        var ours = host.HasNetwork ? "" : " -kernel inet_dist_use_interface {127,0,0,1}";
        _environment =
        [
            "env", "-i", $"PATH={Environment.GetEnvironmentVariable("PATH")}", "LANG=C.UTF-8", $"HOME={home}",
            "RUNNING_UNDER_SYSTEMD=true", $"ERL_EPMD_PORT={epmd}", $"ERL_CRASH_DUMP={home}/erl_crash.dump",
            $"RABBITMQ_NODENAME={Name}", $"RABBITMQ_DIST_PORT={Ports.Free()}",
            $"RABBITMQ_CONF_ENV_FILE={home}/env.conf", $"RABBITMQ_CONFIG_FILE={home}/rabbitmq.conf",
            $"RABBITMQ_CONFIG_FILES={home}/conf.d", $"RABBITMQ_ADVANCED_CONFIG_FILE={home}/advanced.config",
            $"RABBITMQ_ENABLED_PLUGINS_FILE={home}/enabled_plugins", $"RABBITMQ_MNESIA_BASE={home}/mnesia",
            $"RABBITMQ_LOG_BASE={home}/log",
            $"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 1:1 -start_epmd false -kernel net_ticktime 10{ours}",
            $"RABBITMQ_CTL_ERL_ARGS=-start_epmd false{ours}",
        ];
    }

    internal ClusterHost Host => _host;

    internal string Name => string.Create(CultureInfo.InvariantCulture, $"rabbit{_host.Number}@{_host.Name}");

    internal bool IsRunning => _process is { IsRunning: true };

    public async ValueTask DisposeAsync()
    {
        // There is nothing to lose any more.
        _process?.Dispose();
        await _log.DisposeAsync();
    }

    internal async Task ConfigureAsync(IEnumerable<BrokerNode> all, string user, string password)
    {
        var cookie = Path.Combine(_home, ".erlang.cookie");
        await File.WriteAllTextAsync(cookie, "reversalchaoscluster");
        await Repository.RunAsync(["chmod", "400", cookie]);
        await File.WriteAllTextAsync(Path.Combine(_home, "enabled_plugins"), "[].");
        await File.WriteAllTextAsync(Path.Combine(_home, "env.conf"), "");
        await File.WriteAllLinesAsync(Path.Combine(_home, "rabbitmq.conf"),
        [
            $"listeners.tcp.1 = {_host.Address}:{_port}",
            $"default_user = {user}",
            $"default_pass = {password}",
            "heartbeat = 3",
            "cluster_partition_handling = pause_minority",
            "cluster_formation.peer_discovery_backend = classic_config",
            .. all.Select((node, place) => string.Create(
                CultureInfo.InvariantCulture,
                $"cluster_formation.classic_config.nodes.{place + 1} = {node.Name}")),
        ]);
    }

    /// <summary>Done when it has clients again; one without the others waits for them.</summary>
    internal async Task StartAsync()
    {
        _process = _host.Start([.. _environment, $"{Programs}/rabbitmq-server"], [], _log.WriteLine);
        await _process.UntilAsync(
            () => Until.AcceptsAsync(new IPEndPoint(IPAddress.Parse(_host.Address), _port)),
            "open for clients", StartSeconds);
    }

    internal Task KillAsync() => EndAsync(Signals.Kill);

    internal Task StopInOrderAsync() => EndAsync(Signals.Terminate);

    internal void Hang() => _process!.Signal(Signals.Stop);

    internal void Wake() => _process?.Signal(Signals.Continue);

    /// <summary>What its operator's tool prints.</summary>
    internal Task<string> ControlAsync(string arguments, bool mayFail = false) =>
        _host.RunAsync([.. _environment, $"{Programs}/rabbitmqctl", .. arguments.Split(' ')], mayFail);

    /// <summary>How many nodes run as far as it knows, itself among them.</summary>
    internal async Task<int> SeesAsync()
    {
        var said = await ControlAsync("cluster_status --formatter json", mayFail: true);
        using var status = JsonDocument.Parse(said.StartsWith('{') ? said : "{}");
        return status.RootElement.TryGetProperty("running_nodes", out var running)
            ? running.GetArrayLength()
            : 0;
    }

    async Task EndAsync(int signal)
    {
        _process!.Signal(signal);
        await _process.EndAsync();
        await _process.DisposeAsync();
        _process = null;
    }
}
