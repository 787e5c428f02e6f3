using Dapper;
using Npgsql;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Tests.Benchmarks.Machine;

/// <summary>
/// The two servers as their operator sees them. Everything asked here goes over a connection to another
/// database
/// than the one that is measured, so that it is not counted with it.
/// </summary>
sealed class Servers : IAsyncDisposable
{
    readonly string _run = "bench_" + Guid.CreateVersion7().ToString("N")[^8..];
    readonly List<string> _databases = [];
    readonly string _postgres;
    readonly NpgsqlConnection _admin;
    readonly IConnection _broker;
    int _count;

    Servers(string postgres, string rabbitMq, NpgsqlConnection admin, IConnection broker)
    {
        (_postgres, RabbitMq, _admin, _broker) = (postgres, rabbitMq, admin, broker);
        var backend = Proc.Name(admin.ProcessID) is "postgres" ? admin.ProcessID : (int?)null;
        var address = new Uri(rabbitMq);
        var listener = Proc.Listener(address.Port > 0 ? address.Port : 5672);
        Cpu = new Cpu(
            backend is { } pid ? Proc.Parent(pid) : null,
            listener is { } beam && Proc.Name(beam) is "beam.smp" ? beam : null);
    }

    /// <summary>The broker's <c>amqp://</c> address.</summary>
    internal string RabbitMq { get; }

    internal Cpu Cpu { get; }

    /// <summary>Whether the worker's connection string leads to TLS here.</summary>
    internal bool Tls { get; private set; }

    /// <summary>For people: versions, and the settings on which durability hangs.</summary>
    internal string Description { get; private set; } = "";

    internal static async Task<Servers> ConnectAsync(string postgres, string rabbitMq)
    {
        var admin = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(
                postgres) { Pooling = false, Timezone = "UTC" }.ConnectionString);
        await admin.OpenAsync();
        var broker = await Amqp.ConnectAsync(rabbitMq, "bench-operator");
        var servers = new Servers(postgres, rabbitMq, admin, broker);
        servers.Tls = await admin.ExecuteScalarAsync<bool>(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
        var version = await servers.SettingAsync("server_version");
        var (commit, fsync) = (
            await servers.SettingAsync("synchronous_commit"), await servers.SettingAsync("fsync"));
        servers.Description =
            $"PostgreSQL {version} (synchronous_commit {commit}, fsync {fsync}, " +
            $"{(servers.Tls ? "" : "no ")}TLS), " +
            $"RabbitMQ {Text(servers._broker.ServerProperties!["version"])}";
        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _databases.AsEnumerable().Reverse().ToArray())
        {
            await DropAsync(name);
        }

        await CleanBrokerAsync();
        await _admin.DisposeAsync();
        await _broker.DisposeAsync();
    }

    internal Task<string?> SettingAsync(string name) =>
        _admin.ExecuteScalarAsync<string>("SELECT current_setting(@name)", new { name });

    internal Task<string?> BinariesAsync() =>
        _admin.ExecuteScalarAsync<string>("SELECT setting FROM pg_config WHERE name = 'BINDIR'");

    internal string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder(_postgres) { Database = database }.ConnectionString;

    /// <summary>A new database, a copy of another one when that is given.</summary>
    internal async Task<string> CreateAsync(string? template = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{_run}_{++_count}");
        await _admin.ExecuteAsync(
            $"CREATE DATABASE {name}" + (template is null ? "" : $" TEMPLATE {template} STRATEGY file_copy"),
            commandTimeout: 3600);
        _databases.Add(name);
        return name;
    }

    internal async Task<string> CreateMigratedAsync()
    {
        var name = await CreateAsync();
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString(name)) { Pooling = false };
        await Migrator.MigrateAsync(settings.ConnectionString, TimeProvider.System, CancellationToken.None);
        return name;
    }

    /// <summary>Whether a database of an earlier run is there; from now on it goes with this one.</summary>
    internal async Task<bool> AdoptAsync(string name)
    {
        var found = await _admin.ExecuteScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = @name)", new { name });
        if (found)
        {
            _databases.Add(name);
        }

        return found;
    }

    /// <summary>Leaves a database to a later run, under a name of its own.</summary>
    internal async Task LeaveAsync(string database, string name)
    {
        await _admin.ExecuteAsync($"ALTER DATABASE {database} RENAME TO {name}");
        _databases.Remove(database);
    }

    internal async Task DropAsync(string name)
    {
        await _admin.ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)", commandTimeout: 600);
        _databases.Remove(name);
    }

    /// <summary>
    /// Each contestant begins right after a checkpoint, so that none pays for another one's pages.
    /// </summary>
    internal Task CheckpointAsync() => _admin.ExecuteAsync(
        "CHECKPOINT", commandTimeout: 3600, commandType: System.Data.CommandType.Text);

    internal Task<decimal> WalBytesAsync() =>
        _admin.ExecuteScalarAsync<decimal>("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn");

    /// <summary>The server's time: batches are told apart by their time.</summary>
    internal Task<DateTime> NowAsync() => _admin.ExecuteScalarAsync<DateTime>("SELECT clock_timestamp()");

    /// <summary>
    /// The next transaction id. Only transactions that write take one, at once and exactly, where the
    /// counters of
    /// <c>pg_stat_database</c> arrive seconds later and count the idle polls too.
    /// </summary>
    internal Task<long> NextTransactionAsync() =>
        _admin.ExecuteScalarAsync<long>("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint");

    /// <summary>Deletes everything that a run leaves under the fixed names.</summary>
    internal async Task CleanBrokerAsync()
    {
        await using var channel = await _broker.CreateChannelAsync();
        foreach (var queue in (string[])[Wire.RequestQueue, Wire.DeadLetterQueue, PreviewQueue.Name])
        {
            await channel.QueueDeleteAsync(queue);
        }

        string[] exchanges =
        [
            Wire.RequestExchange, Wire.DeadLetterQueue, Wire.PaymentReversedExchange,
            Wire.ReversalRejectedExchange, AnswerAddress.Exchange, PreviewQueue.Name,
        ];
        foreach (var exchange in exchanges)
        {
            await channel.ExchangeDeleteAsync(exchange);
        }
    }

    /// <summary>Requests that wait in the queue and that no worker holds.</summary>
    internal async Task<uint> WaitingAsync()
    {
        await using var channel = await _broker.CreateChannelAsync();
        return (await channel.QueueDeclarePassiveAsync(Wire.RequestQueue)).MessageCount;
    }

    static string Text(object? value) => value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : $"{value}";
}
