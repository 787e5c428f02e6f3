using Npgsql;
using Reversals.Tests.Chaos.Running;
using Reversals.Tests.Chaos.Workload;

namespace Reversals.Tests.Chaos;

/// <summary>
/// A worker on a machine of its own, told of all servers and nothing else: every time limit is the usual one.
/// </summary>
sealed class ClusterWorker : IAsyncDisposable
{
    internal const string Role = "chaos_worker";
    internal const string Database = "chaos";
    const int StopSeconds = 60;

    readonly SupervisedProcess _process;
    readonly int _healthPort = Ports.Free();

    internal ClusterWorker(
        ClusterHost host, Contestant contestant, DatabaseGroup postgres, BrokerGroup brokers,
        Watch watch)
    {
        Host = host;
        var settings = Settings(postgres, brokers);
        settings["Health__Address"] = host.Address;
        settings["Health__Port"] = _healthPort.ToString(CultureInfo.InvariantCulture);
        _process = new SupervisedProcess(
            $"worker-{host.Number - ClusterHosts.Servers}",
            hear => host.Start(contestant.Command, settings, hear), watch,
            StopSeconds);
    }

    internal ClusterHost Host { get; }

    internal int EndedByItself => _process.EndedByItself;

    /// <summary>The migration needs no more than this.</summary>
    /// <param name="postgres">All servers are told.</param>
    /// <param name="brokers">All nodes are told.</param>
    internal static Dictionary<string, string?> Settings(
        DatabaseGroup postgres, BrokerGroup brokers) => new(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = new NpgsqlConnectionStringBuilder
            {
                Host = string.Join(
                    ',', postgres.Nodes.Select(node => $"{node.Host.Address}:{postgres.Port}")),
                Username = Role,
                Database = Database,
                SslMode = SslMode.Disable,
            }.ConnectionString,
            ["ConnectionStrings__RabbitMq"] = brokers.Address,
            [$"Clients__{Client.Acme.Id}__ApiKeys__0"] = Client.Acme.Key,
            [$"Clients__{Client.Globex.Id}__ApiKeys__0"] = Client.Globex.Key,
        };

    /// <summary>Role, database, schema and books, and what the subscribers need.</summary>
    internal static async Task PrepareAsync(
        string worker, Books books, DatabaseGroup postgres, BrokerGroup brokers)
    {
        await postgres.Primary.SqlAsync($"CREATE ROLE {Role} LOGIN");
        await postgres.Primary.SqlAsync($"CREATE DATABASE {Database} OWNER {Role}");
        // Of the primary alone: to look for it among several, a busy machine may take too long for one try.
        var settings = Settings(postgres, brokers);
        settings["ConnectionStrings__Postgres"] = new NpgsqlConnectionStringBuilder(
            postgres.Primary.To(Database)) { Username = Role, Options = null }.ConnectionString;
        await ChildProcess.MigrateAsync(worker, settings);
        await books.WriteAsync(postgres.Primary.To(Database));
        await new Broker(brokers.Addresses).DeclareAsync();
    }

    public async ValueTask DisposeAsync() => await _process.StopAsync();

    internal Task<bool> IsReadyAsync() => ChildProcess.IsReadyAsync(_healthPort, Host.Address);

    internal void Kill() => _process.Kill();

    internal void Terminate() => _process.Terminate();

    internal void Hang() => _process.Signal(Signals.Stop);

    internal void Wake() => _process.Signal(Signals.Continue);
}
