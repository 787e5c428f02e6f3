using Dapper;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>A database with which nothing may be begun as it is; says what to do.</summary>
sealed class UnusableDatabaseException(string problem) : InvalidOperationException(problem);

/// <summary>
/// Brings the schema up to date. Any number of replicas may start at once: DbUp itself takes no lock, so each
/// waits for an advisory lock – by asking again and again, because a waiting statement would hold a snapshot
/// that stalls <c>CREATE INDEX CONCURRENTLY</c>.
/// </summary>
static class Migrator
{
    const string Schema = "reversals";
    const string Journal = "schema_version";
    const long LockId = 0x5245_5645_5253_414C;
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Names of all migrations of this build, in order.</summary>
    internal static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(Migrator).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("Migrations/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Applies what is missing; returns the names of what was applied.</summary>
    internal static async Task<IReadOnlyList<string>> MigrateAsync(
        string connectionString, TimeProvider clock, CancellationToken stop)
    {
        // A connection of its own and not from the pool, so that the lock goes with it whatever happens.
        var session = await Database.ForMigrationAsync(connectionString, stop);
        var unpooled = new NpgsqlConnectionStringBuilder(session) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(stop);
        ShouldKeepText(connection);
        while (!await connection.ExecuteScalarAsync<bool>(
            "SELECT pg_try_advisory_lock(@LockId)", new { LockId }))
        {
            await Task.Delay(Poll, clock, stop);
        }

        await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {Schema}");
        var result = DeployChanges.To.PostgresqlDatabase(session)
            .WithScriptsEmbeddedInAssembly(
                typeof(Migrator).Assembly, name => Names.Contains(name, StringComparer.Ordinal))
            .JournalToPostgresqlTable(Schema, Journal)
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw new InvalidOperationException(
                $"Migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
        }

        foreach (var definition in await connection.QueryAsync<string>(Sql.StaleFunctions))
        {
            // As it is: a command would be cut at the semicolons within BEGIN ATOMIC.
            await using var batch = connection.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand(definition));
            await batch.ExecuteNonQueryAsync(stop);
        }

        return [.. result.Scripts.Select(script => script.Name)];
    }

    /// <summary>
    /// Another encoding has no place for some of the characters that a message may hold, and SQL_ASCII takes
    /// bytes that are no text; either way a message could neither be processed nor kept.
    /// </summary>
    /// <exception cref="UnusableDatabaseException">The database has to be made anew.</exception>
    static void ShouldKeepText(NpgsqlConnection connection)
    {
        var encoding = connection.PostgresParameters["server_encoding"];
        if (!encoding.Equals("UTF8", StringComparison.Ordinal))
        {
            throw new UnusableDatabaseException(
                $"The database {connection.Database} has the encoding {encoding}; expected UTF8. Make " +
                "another one, with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and move the data " +
                "there");
        }
    }

    /// <summary>Names of the migrations that the database has and this build does not know.</summary>
    internal static async Task<IReadOnlyList<string>> NewerAsync(
        PostgresServers database, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var applied = await connection.QueryAsync<string>(new CommandDefinition(
            $"SELECT scriptname FROM {Schema}.{Journal}", cancellationToken: stop));
        return
        [
            .. applied.Where(name => string.CompareOrdinal(name, Names[^1]) > 0)
                .Order(StringComparer.Ordinal).Select(ShortName),
        ];
    }

    /// <summary>Without the place it is kept in.</summary>
    static string ShortName(string name) => name.Split('/')[^1];

    /// <summary>Names of the migrations this build needs and the database does not have.</summary>
    /// <exception cref="UnusableDatabaseException">Nothing may be begun with it as it is.</exception>
    internal static async Task<IReadOnlyList<string>> MissingAsync(
        PostgresServers database, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        ShouldKeepText(connection);
        var exists = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT to_regclass('{Schema}.{Journal}') IS NOT NULL", cancellationToken: stop));
        if (!exists)
        {
            return Names;
        }

        var applied = await connection.QueryAsync<string>(new CommandDefinition(
            $"SELECT scriptname FROM {Schema}.{Journal}", cancellationToken: stop));
        string[] missing = [.. Names.Except(applied, StringComparer.Ordinal)];
        var isStale = missing.Length == 0 && (await connection.QueryAsync<string>(
            new CommandDefinition(Sql.StaleFunctions, cancellationToken: stop))).Any();
        return isStale
            ? throw new UnusableDatabaseException(
                "billing.bill or billing.payment was made anew since the last migrate, and functions still " +
                "read the table of before. Run: reversal-worker migrate")
            : missing;
    }
}
