using Npgsql;

namespace Reversals.Tests.Chaos;

/// <summary>One PostgreSQL server: a primary, a standby, or what is left of one.</summary>
sealed class PostgresNode(ClusterHost host, int port, string folder) : DatabaseNode(host, port, folder)
{
    const int Quit = 3;
    const int CopySeconds = 90;
    const int StartSeconds = 60;

    ChildProcess? _process;

    internal override bool IsRunning => _process is { IsRunning: true };

    /// <summary>It was replaced: what it holds may differ from what survived.</summary>
    internal bool MayDiffer { get; set; }

    public override async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            Wake();
            await EndAsync(Quit);
        }

        await base.DisposeAsync();
    }

    internal async Task CreateAsync()
    {
        await EmptyAsync();
        await RunAsync(
            "initdb", "-D", Data, "-U", Owner, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync");
        await File.WriteAllTextAsync(Path.Combine(Data, "pg_hba.conf"),
            "host all all 0.0.0.0/0 trust\nhost replication all 0.0.0.0/0 trust\n");
        await ConfigureAsync();
    }

    /// <summary>Begins anew as a copy of the primary, and follows it.</summary>
    internal async Task CopyAsync(PostgresNode primary)
    {
        Exception? problem = null;
        if (await Until.TakesAsync(
            async () => (problem = await TryCopyAsync(primary)) is null, CopySeconds) is null)
        {
            throw new InvalidOperationException($"No copy of the primary within {CopySeconds} s.", problem);
        }

        await ConfigureAsync();
        await FollowAsync(primary);
        MayDiffer = false;
    }

    /// <summary>What went wrong; null: nothing. A network that was just joined again may have no route
    /// yet.</summary>
    async Task<InvalidOperationException?> TryCopyAsync(PostgresNode primary)
    {
        await EmptyAsync();
        try
        {
            await RunAsync(
                "pg_basebackup", "-d", Conninfo(primary), "-D", Data, "-R", "-c", "fast", "-X", "stream",
                "--no-sync");
            return null;
        }
        catch (InvalidOperationException error)
        {
            return error;
        }
    }

    /// <summary>Follows another primary from now on.</summary>
    internal async Task FollowAsync(PostgresNode primary)
    {
        await File.AppendAllTextAsync(
            Path.Combine(Data, "postgresql.auto.conf"), $"primary_conninfo = '{Conninfo(primary)}'\n");
        if (IsRunning)
        {
            await SqlAsync("SELECT pg_reload_conf()");
        }
    }

    internal async Task StartAsync()
    {
        _process = Host.Start(PostgresPrograms.AsOwner("postgres", "-D", Data), [], Log.WriteLine);
        await _process.UntilAsync(AnswersAsync, "ready", StartSeconds);
    }

    /// <summary>SIGKILL to the postmaster: what else belongs to it notices, and ends.</summary>
    internal Task KillAsync() => EndAsync(Signals.Kill);

    /// <summary>An immediate stop: nothing is written any more.</summary>
    internal Task StopAtOnceAsync() => EndAsync(Quit);

    /// <summary>A stop in order: sessions are ended, standbys get everything.</summary>
    internal Task StopInOrderAsync() => EndAsync(Signals.Interrupt);

    /// <summary>All of it stands still, and its connections stay open.</summary>
    internal void Hang() => SignalAll(Signals.Stop);

    internal void Wake() => SignalAll(Signals.Continue);

    internal Task PromoteAsync() => SqlAsync("SELECT pg_promote(true, 60)");

    /// <summary>How far the log is that it holds; it may still be reading it.</summary>
    internal Task<long> PositionAsync() => NumberAsync(
        """
        SELECT (greatest(coalesce(pg_last_wal_receive_lsn(), '0/0'),
                         coalesce(pg_last_wal_replay_lsn(), '0/0')) - '0/0')::bigint
        """);

    async Task<bool> AnswersAsync()
    {
        try
        {
            return await NumberAsync("SELECT 1") == 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Every one of them waits for a standby as soon as it is the primary.</summary>
    Task ConfigureAsync() => File.WriteAllTextAsync(
        Path.Combine(Data, "postgresql.conf"),
        $"""
        listen_addresses = '{Host.Address}'
        port = {Port}
        unix_socket_directories = ''
        max_connections = 300
        fsync = off
        wal_keep_size = 512MB
        wal_retrieve_retry_interval = 200ms
        synchronous_standby_names = 'ANY 1 (*)'

        """);

    async Task EndAsync(int signal)
    {
        var children = ProcessTree.ChildrenOf(_process!.Id);
        _process!.Signal(signal);
        await _process.EndAsync();
        await _process.DisposeAsync();
        _process = null;

        // Those that stand still notice nothing.
        if (await Until.TakesAsync(
            () => Task.FromResult(!children.Exists(ProcessTree.IsAlive)), seconds: 3) is null)
        {
            children.FindAll(ProcessTree.IsAlive).ForEach(child => Signals.Send(child, Signals.Kill));
        }
    }

    void SignalAll(int signal)
    {
        var children = ProcessTree.ChildrenOf(_process!.Id);
        _process!.Signal(signal);
        children.ForEach(child => Signals.Send(child, signal));
    }

    static string Conninfo(PostgresNode primary) => string.Create(
        CultureInfo.InvariantCulture,
        $"host={primary.Host.Address} port={primary.Port} user={Owner} connect_timeout=2");

    Task<string> RunAsync(string program, params string[] options) =>
        Host.RunAsync(PostgresPrograms.AsOwner(program, options));
}
