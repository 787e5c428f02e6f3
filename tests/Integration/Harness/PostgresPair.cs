using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A primary and a synchronous standby of their own, from the installed programs.</summary>
sealed class PostgresPair : IAsyncDisposable
{
    const string User = "reversal";
    const string Database = "reversal";
    static readonly string Programs = FindPrograms();

    readonly string _folder;
    readonly List<int> _ports = [];

    PostgresPair(string folder) => _folder = folder;

    internal int PrimaryPort => _ports[0];

    internal int StandbyPort => _ports[1];

    internal string Primary => ConnectionString(PrimaryPort);

    /// <summary>Of the standby, once it is promoted.</summary>
    internal string Promoted => ConnectionString(StandbyPort);

    /// <summary>Both, as a worker is told of them; the primary first.</summary>
    internal string Either => new NpgsqlConnectionStringBuilder(Primary)
    {
        Host = string.Create(
            CultureInfo.InvariantCulture, $"127.0.0.1:{PrimaryPort},127.0.0.1:{StandbyPort}"),
        Pooling = true,
    }.ConnectionString;

    /// <summary>Migrated; each commit waits for the standby.</summary>
    internal static async Task<PostgresPair> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("reversal-pair.").FullName;
        var pair = new PostgresPair(folder);
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                await Repository.RunAsync(["chown", "postgres:", folder]);
            }

            await pair.StartPrimaryAsync();
            await pair.AddStandbyAsync();
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var port in _ports)
        {
            if (File.Exists(Path.Combine(FolderOf(port), "postmaster.pid")))
            {
                await WakeAsync(port);
                await StopAsync(port, "immediate");
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Fast, as an operator does, or immediate, as the loss of the machine.</summary>
    internal async Task StopAsync(int port, string mode)
    {
        NpgsqlConnection.ClearAllPools();
        await ControlAsync(port, "stop", "-m", mode, "-t", "30");
    }

    internal Task StartAsync(int port) =>
        ControlAsync(port, "start", "-w", "-t", "30", "-l", Path.Combine(_folder, $"{port}.log"));

    /// <summary>Makes the standby a primary that waits for nobody.</summary>
    internal Task PromoteAsync() => ControlAsync(StandbyPort, "promote", "-w", "-t", "30");

    /// <summary>From now on commits of the primary wait for nobody.</summary>
    internal async Task WaitForNobodyAsync()
    {
        await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await ExecuteAsync("SELECT pg_reload_conf()");
        await Until.TrueAsync(
            async () => await NumberAsync(
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'async'") == 1,
            "the standby is asynchronous");
    }

    /// <summary>All processes of a server stop, and its sockets stay open.</summary>
    internal Task HangAsync(int port) => SignalAsync(port, "STOP");

    /// <summary>They go on as if no time had passed.</summary>
    internal Task WakeAsync(int port) => SignalAsync(port, "CONT");

    /// <summary>How many commits of the primary wait for the standby.</summary>
    internal async Task<long> WaitingForStandbyAsync()
    {
        await using var connection = new NpgsqlConnection(Primary);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    static string ConnectionString(int port) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = port, Username = User, Database = Database, Pooling = false,
    }.ConnectionString;

    async Task StartPrimaryAsync()
    {
        _ports.Add(Ports.Free());
        await RunAsync("initdb", "-D", FolderOf(PrimaryPort), "-U", User, "--auth=trust", "--encoding=UTF8",
            "--no-locale", "--no-sync");
        Configure(PrimaryPort);
        await StartAsync(PrimaryPort);
        await RunAsync("createdb", "-h", "127.0.0.1", "-p", Text(PrimaryPort), "-U", User, Database);
        await Migrator.MigrateAsync(Primary, TimeProvider.System, CancellationToken.None);
    }

    async Task AddStandbyAsync()
    {
        _ports.Add(Ports.Free());
        await RunAsync("pg_basebackup", "-h", "127.0.0.1", "-p", Text(PrimaryPort), "-U", User,
            "-D", FolderOf(StandbyPort), "-R", "-c", "fast", "-X", "stream", "--no-sync");
        Configure(StandbyPort);
        await StartAsync(StandbyPort);

        // Only now: the copy must not have it, or nothing could be committed once it is promoted.
        await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await ExecuteAsync("SELECT pg_reload_conf()");
        await Until.TrueAsync(
            async () => await NumberAsync(
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 1,
            "the standby is synchronous");
    }

    void Configure(int port) => File.AppendAllText(
        Path.Combine(FolderOf(port), "postgresql.conf"),
        $"""

        listen_addresses = '127.0.0.1'
        port = {port}
        unix_socket_directories = ''
        max_connections = 100
        fsync = off
        wal_retrieve_retry_interval = 100ms

        """);

    async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Primary);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    async Task<long> NumberAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Primary);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Each of its processes leads a group of its own.</summary>
    async Task SignalAsync(int port, string signal)
    {
        var server = (await File.ReadAllLinesAsync(Path.Combine(FolderOf(port), "postmaster.pid")))[0];
        await Repository.RunAsync(
            ["sh", "-c", $"kill -{signal} {server} $(ps -o pid= --ppid {server}) 2>/dev/null || true"]);
    }

    string FolderOf(int port) => Path.Combine(_folder, Text(port));

    Task ControlAsync(int port, string what, params string[] options) =>
        RunAsync("pg_ctl", [what, "-s", "-D", FolderOf(port), .. options]);

    /// <summary>PostgreSQL refuses to run as root.</summary>
    Task RunAsync(string program, params string[] options) => Repository.RunQuietAsync(
    [
        .. Environment.IsPrivilegedProcess
            ? (string[])["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            : [],
        Path.Combine(Programs, program), .. options,
    ], _folder);

    static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    /// <summary>The newest version that has the server and not only the client.</summary>
    static string FindPrograms() =>
        Directory.GetDirectories("/usr/lib", "postgresql").SelectMany(Directory.GetDirectories)
            .Concat(Directory.GetDirectories("/usr", "pgsql-*"))
            .Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
            .MaxBy(bin => bin, StringComparer.Ordinal)
        ?? throw new InvalidOperationException(
            "This test runs two PostgreSQL servers of its own. Install the package postgresql, which has " +
            "initdb, pg_basebackup and pg_ctl");
}
