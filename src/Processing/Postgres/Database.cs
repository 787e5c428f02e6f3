using System.Diagnostics;
using System.Security.Authentication;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>Opens connections that behave the same whatever the server's own defaults are.</summary>
static class Database
{
    /// <summary>
    /// Every statement finds its rows through an index. A plan made while the tables were empty must not
    /// turn into a scan of millions of rows later, so the other plans are not offered; and as there is only
    /// one, it is made once and not for each batch, which took longer than a small batch itself. A paused
    /// process must not hold a bill.
    /// </summary>
    const string SessionSettings =
        "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off " +
        "-c enable_mergejoin=off -c enable_memoize=off " +
        "-c plan_cache_mode=force_generic_plan -c jit=off " +
        "-c statement_timeout=30s -c lock_timeout=2s -c idle_in_transaction_session_timeout=15s";

    const string PeopleSettings =
        "-c plan_cache_mode=force_custom_plan -c jit=off -c enable_seqscan=off " +
        "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s";

    /// <summary>
    /// What a statement means is for the statement to say, not for ALTER ROLE, ALTER DATABASE or a file on
    /// the server. Without a <c>search_path</c> of its own, a session calls whatever fits best in a schema
    /// where somebody else may make functions and operators, and with its own rights. Left alone is
    /// <c>default_transaction_read_only</c>: whoever sets it wants that nobody writes.
    /// </summary>
    const string Pinned =
        "-c search_path=pg_catalog -c standard_conforming_strings=on -c bytea_output=hex " +
        "-c DateStyle=ISO -c IntervalStyle=postgres -c TimeZone=UTC -c array_nulls=on " +
        "-c transform_null_equals=off -c quote_all_identifiers=off -c row_security=on " +
        @"-c default_transaction_isolation=read\ committed -c default_transaction_deferrable=off " +
        "-c enable_nestloop=on -c enable_indexscan=on -c enable_tidscan=on -c enable_sort=on";

    /// <summary>An index takes as long as it takes, and waits for the transactions that are older.</summary>
    const string MigrationSettings =
        "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 " +
        "-c idle_session_timeout=0 -c check_function_bodies=on";

    /// <summary>
    /// Columns are snake_case, properties PascalCase; without this Dapper leaves them empty.
    /// </summary>
    static Database() => Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;

    internal static PostgresServers Open(string connectionString, ILoggerFactory loggers) =>
        new(connectionString, one => OpenOne(one, loggers));

    static NpgsqlDataSource OpenOne(string connectionString, ILoggerFactory loggers)
    {
        var settings = Session(connectionString, "reversal-worker", SessionSettings);
        // No statement changes the session, so there is nothing to reset: six statements less a time.
        settings.NoResetOnClose = true;
        // Only for what runs alone. Batches are prepared before they run: when a statement fails while
        // Npgsql prepares the others of its batch along the way, it takes them for prepared, and every
        // later use of the session fails.
        settings.MaxAutoPrepare = 40;
        settings.AutoPrepareMinUsages = 2;
        // No COMMIT has a timeout of the driver's: that a server is gone for good is found out by this.
        settings.TcpKeepAlive = true;
        settings.TcpKeepAliveTime = 10;
        settings.TcpKeepAliveInterval = 5;
        var check = new SessionCheck($"{SessionSettings} {Pinned}", Asked(connectionString));
        return new NpgsqlDataSourceBuilder(settings.ConnectionString)
        {
            // In spans; otherwise it would be the address with the user's name.
            Name = "reversals",
        }
            .UseLoggerFactory(loggers)
            .UsePhysicalConnectionInitializer(check.RunForWrites, check.RunForWritesAsync)
            .ConfigureTracing(traces => traces
                // Only what belongs to a request: no trace begins with a look at the outbox.
                .ConfigureCommandFilter(_ => Activity.Current is not null)
                .ConfigureBatchFilter(_ => Activity.Current is not null)
                .EnableFirstResponseEvent(enable: false))
            .Build();
    }

    /// <summary>
    /// Opens connections for people's questions: the filters of each differ, so each is planned for its own
    /// values. What has an index is read by it, whatever old statistics say of how much there is.
    /// </summary>
    internal static PostgresServers OpenForPeople(string connectionString, ILoggerFactory loggers) =>
        new(connectionString, one => OpenOneForPeople(one, loggers));

    static NpgsqlDataSource OpenOneForPeople(string connectionString, ILoggerFactory loggers)
    {
        var settings = Session(connectionString, "reversal-operations", PeopleSettings);
        settings.MaxPoolSize = 4;
        // Only what a statement means: behind a pooler the session has what the role has, the worker's.
        var check = new SessionCheck(Pinned, asked: null);
        return new NpgsqlDataSourceBuilder(settings.ConnectionString)
            .UseLoggerFactory(loggers)
            .UsePhysicalConnectionInitializer(check.Run, check.RunAsync)
            .Build();
    }

    static string? Asked(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString).Options;

    /// <summary>The connection string of who makes the schema.</summary>
    internal static async Task<string> ForMigrationAsync(string connectionString, CancellationToken stop)
    {
        await using var servers = OpenForPeople(connectionString, NullLoggerFactory.Instance);
        var primary = PostgresHosts.Only(connectionString, await servers.PrimaryAsync(stop));
        var settings = Session(primary, "reversal-migrate", MigrationSettings);
        // The driver's own limit of 30 s would cancel what takes longer; a server that is gone is found out.
        settings.CommandTimeout = 0;
        settings.TcpKeepAlive = true;
        settings.TcpKeepAliveTime = 10;
        settings.TcpKeepAliveInterval = 5;
        return settings.ConnectionString;
    }

    /// <summary>
    /// What the text of a connection string sets by itself would win over what stands in its options.
    /// </summary>
    static NpgsqlConnectionStringBuilder Session(string connectionString, string application, string options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = application,
            IncludeErrorDetail = false,
            SearchPath = null,
            Timezone = "UTC",
            Encoding = "UTF8",
            ClientEncoding = "UTF8",
        };
        settings.Options = $"{options} {SessionCheck.Settings} {settings.Options} {Pinned}";
        return settings;
    }

    /// <summary>Host and port without the secrets, for people.</summary>
    internal static string Address(string connectionString) => PostgresHosts.Address(connectionString);

    /// <summary>What is wrong with a connection, and what to do about it where that is known.</summary>
    internal static string Explain(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } =>
            $"{error.Message}. Run deploy/postgres/roles.sql, and migrate as reversal_owner",
        PostgresException { SqlState: PostgresErrorCodes.ProtocolViolation } cause
            when cause.MessageText.StartsWith("unsupported startup parameter", StringComparison.Ordinal) =>
            $"{cause.Message}. That is PgBouncer: let it ignore them (ignore_startup_parameters = options) " +
            "and give the settings to the role, as the worker then says; in session mode",
        _ when error.GetBaseException() is AuthenticationException cause =>
            $"{cause.Message} The certificate has to be for the Host of ConnectionStrings:Postgres, from " +
            "an authority of its Root Certificate or, without that, one that this machine trusts",
        _ => error.Message,
    };
}
