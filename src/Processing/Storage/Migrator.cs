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

    /// <summary>
    /// How the names of those end that hold one index, which is named like the file: it is built outside of a
    /// transaction, while commits go on.
    /// </summary>
    const string OneIndex = ".index.sql";

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
        string[] missing = [.. Names.Except(await AppliedAsync(connection, stop), StringComparer.Ordinal)];
        foreach (var name in missing)
        {
            if (name.EndsWith(OneIndex, StringComparison.Ordinal))
            {
                var index = $"{Schema}.{ShortName(name)["0000_".Length..^OneIndex.Length]}";
                await DropUnfinishedAsync(connection, index, clock, stop);
            }

            Apply(session, name);
        }

        foreach (var definition in await connection.QueryAsync<string>(Sql.StaleFunctions))
        {
            // As it is: a command would be cut at the semicolons within BEGIN ATOMIC.
            await using var batch = connection.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand(definition));
            await batch.ExecuteNonQueryAsync(stop);
        }

        return missing;
    }

    static void Apply(string session, string name)
    {
        var database = DeployChanges.To.PostgresqlDatabase(session)
            .WithScriptsEmbeddedInAssembly(
                typeof(Migrator).Assembly, one => one.Equals(name, StringComparison.Ordinal))
            .JournalToPostgresqlTable(Schema, Journal)
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog());
        var result = (name.EndsWith(OneIndex, StringComparison.Ordinal)
            ? database.WithoutTransaction()
            : database.WithTransactionPerScript()).Build().PerformUpgrade();
        if (!result.Successful)
        {
            throw new InvalidOperationException(
                $"Migration {name} failed: {result.Error.Message}", result.Error);
        }
    }

    /// <summary>
    /// What an interrupted build left would count as built. Its server process may still be at work, and is
    /// then let go on: the index is valid when it has ended.
    /// </summary>
    static async Task DropUnfinishedAsync(
        NpgsqlConnection connection, string index, TimeProvider clock, CancellationToken stop)
    {
        var unfinished = new CommandDefinition(Sql.UnfinishedIndexes, cancellationToken: stop);
        while ((await connection.QueryAsync<(string Name, bool IsBeingBuilt)>(unfinished)).FirstOrDefault(
            one => one.Name.Equals(index, StringComparison.Ordinal)) is { Name: not null } found)
        {
            if (found.IsBeingBuilt)
            {
                await Task.Delay(Poll, clock, stop);
            }
            else
            {
                await connection.ExecuteAsync(new CommandDefinition(
                    $"DROP INDEX CONCURRENTLY IF EXISTS {index}", cancellationToken: stop));
            }
        }
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
        var applied = await AppliedAsync(connection, stop);
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
        string[] missing = [.. Names.Except(await AppliedAsync(connection, stop), StringComparer.Ordinal)];
        var isStale = missing.Length == 0 && (await connection.QueryAsync<string>(
            new CommandDefinition(Sql.StaleFunctions, cancellationToken: stop))).Any();
        return isStale
            ? throw new UnusableDatabaseException(
                "billing.bill or billing.payment was made anew since the last migrate, and functions still " +
                "read the table of before. Run: reversal-worker migrate")
            : missing;
    }

    /// <summary>Names of the migrations that the database has.</summary>
    static async Task<IReadOnlyList<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        var exists = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT to_regclass('{Schema}.{Journal}') IS NOT NULL", cancellationToken: stop));
        return exists
            ? [
                .. await connection.QueryAsync<string>(new CommandDefinition(
                    $"SELECT scriptname FROM {Schema}.{Journal}", cancellationToken: stop)),
            ]
            : [];
    }
}
