using Npgsql;

namespace Reversals.Tests.Chaos.Running;

/// <summary>The two servers as their operator sees them, and a database and users of this run's own in them.
/// Both are private instances of deploy/servers.sh: they are broken and restarted here.</summary>
sealed class Servers
{
    internal const string Database = "chaos";
    internal const string WorkerRole = "chaos_worker";
    internal const string WorkerUser = "chaos-worker";

    readonly string _pgCtl;
    readonly string _rabbitMqCtl;
    readonly string _state;

    Servers(ChaosOptions options)
    {
        _pgCtl = Given("SERVERS_PG_CTL");
        _rabbitMqCtl = Given("SERVERS_RABBITMQCTL");
        Postgres = new NpgsqlConnectionStringBuilder(Given("ConnectionStrings__Postgres"))
        {
            // The operator must still be able to work when nobody else may write.
            Options = "-c default_transaction_read_only=off",
            Timeout = 5,
            CommandTimeout = 30,
            // A restarted server leaves a pool full of dead connections.
            Pooling = false,
        };
        RabbitMq = new Uri(Given("ConnectionStrings__RabbitMq"));
        _state = options.State;
        Password = "chaos-password-" + options.Seed.ToString("x8", CultureInfo.InvariantCulture);
    }

    /// <summary>To the server's first database, as its owner.</summary>
    internal NpgsqlConnectionStringBuilder Postgres { get; }
    internal Uri RabbitMq { get; }

    /// <summary>Of the workers, on both servers.</summary>
    internal string Password { get; }

    /// <summary>To this run's database, as the server's owner.</summary>
    internal string Books =>
        new NpgsqlConnectionStringBuilder(Postgres.ConnectionString) { Database = Database }.ConnectionString;

    internal IPEndPoint RabbitMqPlace => new(IPAddress.Loopback, RabbitMq.Port);

    internal static async Task<Servers> PrepareAsync(ChaosOptions options)
    {
        var servers = new Servers(options);
        await servers.SqlAsync("ALTER SYSTEM RESET ALL", first: true);
        await servers.SqlAsync("SELECT pg_reload_conf()", first: true);
        await servers.SqlAsync($"DROP DATABASE IF EXISTS {Database} WITH (FORCE)", first: true);
        await servers.SqlAsync($"DROP ROLE IF EXISTS {WorkerRole}", first: true);
        await servers.SqlAsync($"CREATE ROLE {WorkerRole} LOGIN PASSWORD '{servers.Password}'", first: true);
        await servers.SqlAsync($"CREATE DATABASE {Database} OWNER {WorkerRole}", first: true);
        if (!await servers.KnowsWorkerAsync())
        {
            await servers.RabbitMqAsync($"add_user {WorkerUser} {servers.Password}", mayFail: true);
            await servers.RabbitMqAsync($"change_password {WorkerUser} {servers.Password}");
            await servers.GrantAsync();

            // Shorter than the longest time a worker is stopped for.
            await servers.RabbitMqAsync("eval application:set_env(rabbit,heartbeat,3).");
        }

        return servers;
    }

    /// <summary>Whether a run before has prepared the broker: its commands take a second each.</summary>
    async Task<bool> KnowsWorkerAsync()
    {
        try
        {
            var address = new UriBuilder(RabbitMq) { UserName = WorkerUser, Password = Password };
            await using var connection = await Broker.ConnectAsync([address.Uri], "chaos-operator");
            return true;
        }
        catch (Exception error) when (Broker.IsAway(error))
        {
            return false;
        }
    }

    /// <summary>The worker's own migration, in its own role's name.</summary>
    internal Task MigrateAsync(string worker) =>
        ChildProcess.MigrateAsync(worker, WorkerSettings.Of(this, Postgres.Port, RabbitMq.Port));

    internal Task GrantAsync() => RabbitMqAsync($"set_permissions -p / {WorkerUser} .* .* .*");

    /// <summary>RabbitMQ 3.10 writes down which quorum queues it has half a second after it has made them;
    /// one that is killed before forgets to start them again, for good. Here it writes at once.</summary>
    internal const string KeepQueues = "eval [ok=dets:sync(Table)||Table<-dets:all()].";

    internal Task KeepQueuesAsync() => RabbitMqAsync(KeepQueues);

    /// <summary>A statement in this run's database, or in the server's first one.</summary>
    internal async Task SqlAsync(string sql, bool first = false)
    {
        await using var connection = new NpgsqlConnection(first ? Postgres.ConnectionString : Books);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>What a question in this run's database has for an answer.</summary>
    internal async Task<long> NumberAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Books);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    internal Task<string> RabbitMqAsync(string arguments) => RabbitMqAsync(arguments, mayFail: false);

    internal Task<string> RabbitMqAsync(string arguments, bool mayFail) =>
        Repository.RunAsync([.. _rabbitMqCtl.Split(' '), .. arguments.Split(' ')], mayFail: mayFail);

    internal Task PgCtlAsync(string arguments) => Repository.RunQuietAsync([.. _pgCtl.Split(' '), .. arguments.Split(' ')], _state);

    /// <summary>The broker's process; it writes its id into a file when it has started.</summary>
    internal int BrokerPid()
    {
        var home = Path.GetDirectoryName(_rabbitMqCtl.Split(' ')[0])!;
        var file = Directory.GetFiles(Path.Combine(home, "mnesia"), "*.pid").Single();
        return int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
    }

    /// <summary>Starts the broker as deploy/servers.sh does. It outlives this program; tests/chaos.sh ends
    /// it.</summary>
    internal async Task StartBrokerAsync()
    {
        var words = _rabbitMqCtl.Split(' ');
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh", words[0] },
        };
        start.ArgumentList.Add(words[1].Replace("rabbitmqctl", "rabbitmq-server", StringComparison.Ordinal));
        using var broker = Process.Start(start)!;
        await Until.TrueAsync(
            async () => (await RabbitMqAsync("await_startup --timeout 5", mayFail: true)).Length >= 0
                && await Until.AcceptsAsync(RabbitMqPlace),
            "RabbitMQ starts again", 180);
        await RabbitMqAsync("eval application:set_env(rabbit,heartbeat,3).");
    }

    static string Given(string variable) => Environment.GetEnvironmentVariable(variable)
        ?? throw new InvalidOperationException($"{variable} is not set: start this with tests/chaos.sh");
}
