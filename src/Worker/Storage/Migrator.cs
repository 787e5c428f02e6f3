using Dapper;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;

namespace Reversals.Worker.Storage;

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
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(stop);
        while (!await connection.ExecuteScalarAsync<bool>(
            "SELECT pg_try_advisory_lock(@LockId)", new { LockId }))
        {
            await Task.Delay(Poll, clock, stop);
        }

        await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {Schema}");
        var result = DeployChanges.To.PostgresqlDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(
                typeof(Migrator).Assembly, name => Names.Contains(name, StringComparer.Ordinal))
            .JournalToPostgresqlTable(Schema, Journal)
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        return result.Successful
            ? [.. result.Scripts.Select(script => script.Name)]
            : throw new InvalidOperationException(
                $"Migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
    }

    /// <summary>Names of the migrations this build needs and the database does not have.</summary>
    internal static async Task<IReadOnlyList<string>> MissingAsync(
        NpgsqlDataSource database, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var exists = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT to_regclass('{Schema}.{Journal}') IS NOT NULL", cancellationToken: stop));
        if (!exists)
        {
            return Names;
        }

        var applied = await connection.QueryAsync<string>(new CommandDefinition(
            $"SELECT scriptname FROM {Schema}.{Journal}", cancellationToken: stop));
        return [.. Names.Except(applied, StringComparer.Ordinal)];
    }
}
