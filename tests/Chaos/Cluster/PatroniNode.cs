namespace Reversals.Tests.Chaos;

/// <summary>One PostgreSQL server with the Patroni that starts, promotes and rebuilds it.</summary>
sealed class PatroniNode(
    ClusterHost host, int port, int apiPort, IReadOnlyList<EtcdNode> etcd, string folder)
    : DatabaseNode(host, port, folder)
{
    /// <summary>Set by tests/chaos.sh: the newest one, or the one that was named to it.</summary>
    internal static readonly string Program = Environment.GetEnvironmentVariable("PATRONI") ?? "patroni";

    static readonly HttpClient Http = new();

    /// <summary>One that hangs does not answer.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    ChildProcess? _process;

    /// <summary>Its Patroni; the server itself outlives it.</summary>
    internal override bool IsRunning => _process is { IsRunning: true };

    /// <summary>As the others know it.</summary>
    internal string Name => string.Create(CultureInfo.InvariantCulture, $"server{Host.Number}");

    /// <summary>The id of the server's first process; 0: there is none.</summary>
    internal int Postmaster
    {
        get
        {
            try
            {
                var first = File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
                var process = int.Parse(first, CultureInfo.InvariantCulture);
                // The file of one that was killed stays, and its number may be another's by now.
                return File.ReadAllText($"/proc/{process}/cmdline").Contains(Data, StringComparison.Ordinal)
                    ? process
                    : 0;
            }
            catch (Exception error) when (
                error is IOException or InvalidOperationException or FormatException)
            {
                return 0;
            }
        }
    }

    string Api => string.Create(CultureInfo.InvariantCulture, $"{Host.Address}:{apiPort}");

    string Configuration => Path.Combine(Folder, "patroni.yml");

    public override async ValueTask DisposeAsync()
    {
        // There is nothing to lose any more.
        SignalAll(Signals.Kill);
        _process?.Dispose();
        await base.DisposeAsync();
    }

    internal async Task CreateAsync()
    {
        await EmptyAsync();
        await File.WriteAllTextAsync(Configuration, Settings());
        Start();
    }

    internal void Start() => _process = Host.Start(
        PostgresPrograms.ByOwner(Program, Configuration), [new("HOME", Folder)], Log.WriteLine);

    /// <summary>Whether it leads, and its server takes writes.</summary>
    internal async Task<bool> IsPrimaryAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://{Api}/primary"), deadline.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>As an operator asks for it; done when another leads.</summary>
    internal async Task SwitchOverAsync()
    {
        using var wish = new StringContent($$"""{"leader": "{{Name}}"}""");
        using var answer = await Http.PostAsync(new Uri($"http://{Api}/switchover"), wish);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"switchover: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>Patroni sees that, and decides.</summary>
    internal void KillPostmaster()
    {
        if (Postmaster is > 0 and var process)
        {
            Signals.Send(process, Signals.Kill);
        }
    }

    /// <summary>The server goes on, and nobody looks after it.</summary>
    internal void KillPatroni()
    {
        // It is not waited for: its output is not at its end before the server's is.
        _process!.Dispose();
        _process = null;
    }

    internal void Kill()
    {
        SignalAll(Signals.Kill);
        KillPatroni();
    }

    /// <summary>All of it stands still, and its connections stay open.</summary>
    internal void Hang() => SignalAll(Signals.Stop);

    internal void Wake() => SignalAll(Signals.Continue);

    void SignalAll(int signal)
    {
        int[] first = [IsRunning ? _process!.Id : 0, Postmaster];
        int[] parents = [.. first.Where(process => process > 0)];
        foreach (var process in (int[])[.. parents, .. parents.SelectMany(ProcessTree.ChildrenOf)])
        {
            Signals.Send(process, signal);
        }
    }

    /// <summary>In force is the shortest that Patroni 3 takes; a newer one raises the ttl to 20.</summary>
    string Settings() => $$"""
        scope: chaos
        name: {{Name}}
        restapi: {listen: "{{Api}}", connect_address: "{{Api}}"}
        etcd3: {hosts: "{{string.Join(',', etcd.Select(one => one.Place))}}"}
        bootstrap:
          dcs:
            ttl: 10
            loop_wait: 2
            retry_timeout: 3
            primary_start_timeout: 0
            synchronous_mode: true
            synchronous_mode_strict: true
            postgresql:
              use_pg_rewind: true
              parameters: {max_connections: 300, wal_keep_size: 512MB}
          initdb: [encoding: UTF8, locale: C, auth: trust, no-sync]
        postgresql:
          listen: "{{Host.Address}}:{{Port}}"
          connect_address: "{{Host.Address}}:{{Port}}"
          bin_dir: {{PostgresPrograms.Folder}}
          data_dir: {{Data}}
          pgpass: {{Path.Combine(Folder, "pgpass")}}
          authentication:
            superuser: {username: {{Owner}}}
            replication: {username: {{Owner}}}
          pg_hba: [host all all 0.0.0.0/0 trust, host replication all 0.0.0.0/0 trust]
          parameters: {unix_socket_directories: "", fsync: "off", wal_retrieve_retry_interval: 200ms}
          basebackup: [no-sync, checkpoint: fast]
          remove_data_directory_on_rewind_failure: true
          remove_data_directory_on_diverged_timelines: true
        """;
}
