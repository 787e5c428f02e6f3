using DotNet.Testcontainers.Containers;
using Reversals.Processing.Postgres;
using Testcontainers.PostgreSql;
using Testcontainers.RabbitMq;

namespace Reversals.Tests.Integration.Harness;

/// <summary>The two real servers, once for the whole run: given by the environment, or else started as
/// containers. Without them every test fails; none is skipped. All its databases are copies of one migrated
/// template.</summary>
public sealed class Servers : IAsyncLifetime
{
    const string PostgresVariable = "ConnectionStrings__Postgres";
    const string RabbitMqVariable = "ConnectionStrings__RabbitMq";
    const string RabbitMqCtlVariable = "SERVERS_RABBITMQCTL";

    readonly List<IContainer> _containers = [];
    readonly string _run = "it_" + Guid.CreateVersion7().ToString("N")[^12..];
    string _postgres = "";
    string _rabbitMq = "";
    string? _rabbitMqCtl = Environment.GetEnvironmentVariable(RabbitMqCtlVariable);
    int _databases;
    Exception? _problem;

    /// <summary>The broker's <c>amqp://</c> address.</summary>
    internal string RabbitMq => _problem is null ? _rabbitMq : throw Missing();

    internal string VirtualHost
    {
        get
        {
            var name = Uri.UnescapeDataString(new Uri(RabbitMq).AbsolutePath[1..]);
            return name.Length > 0 ? name : "/";
        }
    }

    /// <summary>The command, with its arguments, that is the broker's <c>rabbitmqctl</c>.</summary>
    internal string RabbitMqCtl => _rabbitMqCtl ?? throw new InvalidOperationException(
        $"This test changes users or limits of RabbitMQ. Set {RabbitMqCtlVariable} to the command that runs " +
        $"rabbitmqctl for the broker of {RabbitMqVariable}, such as: docker exec -i rabbitmq rabbitmqctl");

    string Template => _run + "_template";

    public async ValueTask InitializeAsync()
    {
        LogCapture.Start();
        Until.Cancelled = () => TestContext.Current.CancellationToken;
        try
        {
            _postgres = Environment.GetEnvironmentVariable(PostgresVariable) ?? await StartPostgresAsync();
            _rabbitMq = Environment.GetEnvironmentVariable(RabbitMqVariable) ?? await StartRabbitMqAsync();
            await ExecuteAsync($"CREATE DATABASE {Template}");
            await Migrator.MigrateAsync(Unpooled(Template), TimeProvider.System, CancellationToken.None);
        }
#pragma warning disable CA1031 // Whatever it is: the tests tell it, each of them.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _problem = error;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_problem is null)
        {
            await ExecuteAsync($"DROP DATABASE IF EXISTS {Template} WITH (FORCE)");
        }

        foreach (var container in _containers)
        {
            await container.DisposeAsync();
        }
    }

    /// <summary>Runs <c>rabbitmqctl</c> and returns what it printed.</summary>
    internal Task<string> ControlAsync(IReadOnlyList<string> command) =>
        Repository.RunAsync([.. RabbitMqCtl.Split(' '), .. command]);

    /// <summary>A new database; migrated, or empty as a new installation finds it.</summary>
    /// <returns>Its connection string.</returns>
    internal async Task<string> CreateDatabaseAsync(bool migrated)
    {
        if (_problem is not null)
        {
            throw Missing();
        }

        var name = $"{_run}_{++_databases}";
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {(migrated ? Template : "template0")}");
        return new NpgsqlConnectionStringBuilder(_postgres) { Database = name }.ConnectionString;
    }

    internal Task DropDatabaseAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        return ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    }

    InvalidOperationException Missing() => new(
        $"These tests need a PostgreSQL and a RabbitMQ. Set {PostgresVariable} (a user that may create " +
        $"databases) and {RabbitMqVariable}, or start a Docker engine, or run tests/run.sh. " +
        $"What went wrong: {_problem?.GetBaseException().Message}");

    /// <summary>A pooled connection would stay open, and a template in use cannot be copied.</summary>
    string Unpooled(string? database = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(_postgres) { Pooling = false };
        settings.Database = database ?? settings.Database;
        return settings.ConnectionString;
    }

    async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Unpooled());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    async Task<string> StartPostgresAsync()
    {
        var container = new PostgreSqlBuilder(Image("POSTGRES_IMAGE", "postgres:17"))
            .WithCommand("-c", "max_connections=200", "-c", "fsync=off")
            .Build();
        _containers.Add(container);
        await container.StartAsync();
        return container.GetConnectionString();
    }

    async Task<string> StartRabbitMqAsync()
    {
        var container = new RabbitMqBuilder(Image("RABBITMQ_IMAGE", "rabbitmq:4.2-management")).Build();
        _containers.Add(container);
        await container.StartAsync();
        _rabbitMqCtl = $"docker exec -i {container.Id} rabbitmqctl";
        return container.GetConnectionString();
    }

    static string Image(string variable, string usual) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } image ? image : usual;
}
