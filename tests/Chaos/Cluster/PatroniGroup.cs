namespace Reversals.Tests.Chaos;

/// <summary>
/// Three servers that Patroni looks after by itself, in its strict synchronous mode; the etcd it needs has a
/// member on each of their machines. Nobody promotes or rebuilds anything by hand.
/// </summary>
sealed class PatroniGroup : DatabaseGroup
{
    const int WholeSeconds = 240;
    const int NextSeconds = 120;

    /// <summary>Before it, a leader that comes back overwrites the key of the next one.</summary>
    static readonly Version MendedIn = new(3, 0, 3);

    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    readonly IReadOnlyList<PatroniNode> _nodes;
    readonly IReadOnlyList<EtcdNode> _etcd;
    readonly bool _takesBack;
    PatroniNode _primary;

    PatroniGroup(
        IReadOnlyList<PatroniNode> nodes, IReadOnlyList<EtcdNode> etcd, int port, bool takesBack)
        : base(port) => (_nodes, _etcd, _primary, _takesBack) = (nodes, etcd, nodes[0], takesBack);

    internal override IReadOnlyList<PatroniNode> Nodes => _nodes;

    internal override PatroniNode Primary => _primary;

    internal override IReadOnlyList<ClusterFault> Faults =>
    [
        .. PatroniFaults.All,
        .. PatroniFaults.OfReturn.Select(fault => fault with { IsNamed = _takesBack }),
    ];

    internal IEnumerable<PatroniNode> Standbys => _nodes.Where(node => node != _primary);

    internal static async Task<PatroniGroup> StartAsync(IEnumerable<ClusterHost> hosts, string folder)
    {
        var (port, api, client, peer) = (Ports.Free(), Ports.Free(), Ports.Free(), Ports.Free());
        ClusterHost[] all = [.. hosts];
        EtcdNode[] etcd =
        [
            .. all.Select(host =>
                new EtcdNode(host, client, peer, Path.Combine(folder, $"etcd-{host.Number}"))),
        ];
        PatroniNode[] nodes =
        [
            .. all.Select(host =>
                new PatroniNode(host, port, api, etcd, Path.Combine(folder, $"postgres-{host.Number}"))),
        ];
        var version = (await Repository.RunAsync([PatroniNode.Program, "--version"])).Split(' ')[^1].Trim();
        Console.WriteLine($"Patroni {version}");
        var group = new PatroniGroup(nodes, etcd, port, Version.Parse(version) < MendedIn);
        try
        {
            group.StartEtcd();
            await Task.WhenAll(nodes.Select(node => node.CreateAsync()));
            await group.WholeAsync();
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var member in _etcd)
        {
            await member.DisposeAsync();
        }
    }

    /// <summary>Until a server is the primary that is not the one with this first process.</summary>
    internal Task NextAsync(int lost) => WaitAsync(
        async () =>
        {
            foreach (var node in _nodes.Where(node => node.Postmaster != lost))
            {
                if (await node.IsPrimaryAsync())
                {
                    _primary = node;
                    return true;
                }
            }

            return false;
        },
        "another primary", NextSeconds);

    /// <summary>The standby that confirms the commits now.</summary>
    internal async Task<PatroniNode> ConfirmingAsync()
    {
        await ConfirmsAsync();
        var place = await _primary.NumberAsync(
            """
            SELECT right(application_name, 1)::bigint FROM pg_stat_replication
            WHERE sync_state IN ('sync', 'quorum')
            """);
        return _nodes.Single(node => node.Host.Number == place);
    }

    /// <summary>Until a standby confirms that is not this one.</summary>
    internal Task ConfirmsAsync(PatroniNode? lost = null) => WaitAsync(
        async () => await _primary.NumberAsync(
            $"""
            SELECT count(*) FROM pg_stat_replication
            WHERE sync_state IN ('sync', 'quorum') AND application_name <> '{lost?.Name}'
            """) > 0,
        "another standby that confirms", NextSeconds);

    internal EtcdNode EtcdOf(ClusterHost host) => _etcd.Single(member => member.Host == host);

    internal override async Task HealAsync()
    {
        foreach (var node in _nodes)
        {
            node.Wake();
        }

        StartEtcd();
        StartStopped();
        await WholeAsync();
    }

    internal void StartStopped()
    {
        foreach (var node in _nodes.Where(node => !node.IsRunning))
        {
            node.Start();
        }
    }

    void StartEtcd()
    {
        foreach (var member in _etcd.Where(member => !member.IsRunning))
        {
            member.Start(_etcd);
        }
    }

    /// <summary>Until one is the primary and both others follow it.</summary>
    Task WholeAsync() => WaitAsync(
        async () =>
        {
            var leads = await Task.WhenAll(_nodes.Select(node => node.IsPrimaryAsync()));
            if (leads.Count(one => one) != 1)
            {
                return false;
            }

            _primary = _nodes[Array.IndexOf(leads, value: true)];
            return await _primary.NumberAsync(
                "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == _nodes.Count - 1
                && await _primary.NumberAsync(
                    "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')") > 0;
        },
        "a primary that both others follow", WholeSeconds);

    static async Task WaitAsync(Func<Task<bool>> condition, string what, int seconds)
    {
        var takes = await Until.TakesAsync(
            async () =>
            {
                try
                {
                    return await condition();
                }
                catch (Npgsql.NpgsqlException)
                {
                    return false;
                }
            },
            seconds, Poll);
        if (takes is null)
        {
            throw new TimeoutException($"Patroni did not bring about within {seconds} s: {what}");
        }
    }
}
