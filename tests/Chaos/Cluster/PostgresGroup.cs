namespace Reversals.Tests.Chaos;

/// <summary>
/// A primary and two standbys of which each commit waits for one; and what an operator, or the program that
/// stands in for one, does with them: who promotes first turns the other standby away from the old primary.
/// </summary>
sealed class PostgresGroup : DatabaseGroup
{
    const string WaitsForMore =
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'startup' AND wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval')
        """;

    PostgresNode _primary;

    PostgresGroup(IReadOnlyList<PostgresNode> nodes, int port) : base(port) =>
        (Nodes, _primary) = (nodes, nodes[0]);

    internal override IReadOnlyList<PostgresNode> Nodes { get; }

    internal override PostgresNode Primary => _primary;

    internal override IReadOnlyList<ClusterFault> Faults =>
        [.. PrimaryFaults.All, .. StandbyFaults.All, .. HostFaults.OfServers];

    internal IReadOnlyList<PostgresNode> Standbys => [.. Nodes.Where(node => node != Primary)];

    internal static async Task<PostgresGroup> StartAsync(IEnumerable<ClusterHost> hosts, string folder)
    {
        var port = Ports.Free();
        var group = new PostgresGroup(
            [
                .. hosts.Select(host =>
                    new PostgresNode(host, port, Path.Combine(folder, $"postgres-{host.Number}"))),
            ],
            port);
        await group.Primary.CreateAsync();
        await group.Primary.StartAsync();
        foreach (var standby in group.Standbys)
        {
            await standby.CopyAsync(group.Primary);
            await standby.StartAsync();
        }

        await group.WholeAsync();
        return group;
    }

    public override async ValueTask DisposeAsync()
    {
        // The primary last: it would wait for the others.
        foreach (var node in Standbys.Append(Primary))
        {
            await node.DisposeAsync();
        }
    }

    /// <summary>The standby that has most becomes the primary, and the others follow it.</summary>
    internal async Task PromoteAsync()
    {
        PostgresNode[] running = [.. Standbys.Where(standby => standby.IsRunning)];
        var next = running[0];
        var most = await SettledPositionAsync(next);
        foreach (var other in running.Skip(1))
        {
            if (await SettledPositionAsync(other) is var position && position > most)
            {
                (next, most) = (other, position);
            }
        }

        await PromoteAsync(next, Standbys.Where(standby => standby != next));
    }

    /// <summary>This standby becomes the primary, and these follow it.</summary>
    internal async Task PromoteAsync(PostgresNode next, IEnumerable<PostgresNode> followers)
    {
        foreach (var follower in followers)
        {
            await follower.FollowAsync(next);
        }

        await next.PromoteAsync();
        _primary.MayDiffer = true;
        _primary = next;
    }

    /// <inheritdoc/>
    internal override async Task HealAsync()
    {
        foreach (var node in Standbys)
        {
            if (node.MayDiffer)
            {
                await ReplaceAsync(node);
            }
            else if (!node.IsRunning)
            {
                await node.FollowAsync(Primary);
                await node.StartAsync();
            }
            else
            {
                node.Wake();
            }
        }

        await WholeAsync();
    }

    /// <summary>Until both standbys have what the primary has.</summary>
    internal Task WholeAsync() => Until.TrueAsync(
        async () => await StreamingAsync() == Standbys.Count, "both standbys follow the primary", 90);

    internal Task<long> StreamingAsync() => Primary.NumberAsync(
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'quorum'");

    async Task ReplaceAsync(PostgresNode node)
    {
        if (node.IsRunning)
        {
            await node.KillAsync();
        }

        await node.CopyAsync(Primary);
        await node.StartAsync();
    }

    /// <summary>
    /// How far one is that may just have been started: it has read all that it holds once it waits for more.
    /// To see it stand still is not enough, as a busy machine lets it stand still in the middle.
    /// </summary>
    static async Task<long> SettledPositionAsync(PostgresNode node)
    {
        await Until.TrueAsync(
            async () => await node.NumberAsync(WaitsForMore) > 0, "a standby has read all that it holds", 90);
        return await node.PositionAsync();
    }
}
