using Npgsql;
using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>What may happen to the database, all of it brought about from outside.</summary>
static class PostgresFaults
{
    const string Role = Servers.WorkerRole;

    const string EndSessions =
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{Role}'";

    /// <summary>Reading goes well, and nothing can be written where it counts.</summary>
    const string NoDisk =
        """
        CREATE OR REPLACE FUNCTION reversals.no_disk() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER no_disk BEFORE INSERT ON reversals.reversal
        FOR EACH STATEMENT EXECUTE FUNCTION reversals.no_disk()
        """;

    /// <summary>What is set aside cannot be kept.</summary>
    const string NoQuarantine =
        """
        CREATE OR REPLACE FUNCTION reversals.no_quarantine() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER no_quarantine BEFORE INSERT ON reversals.quarantine
        FOR EACH STATEMENT EXECUTE FUNCTION reversals.no_quarantine()
        """;

    /// <summary>A trigger of the biller's takes its time with some bills; their neighbours must not wait for it.</summary>
    const string Slow =
        """
        CREATE OR REPLACE FUNCTION billing.slow() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_sleep(0.7); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE UPDATE ON billing.bill
        FOR EACH ROW WHEN (OLD.id % 100 = 7) EXECUTE FUNCTION billing.slow()
        """;

    internal static readonly IReadOnlyList<FaultKind> All =
    [
        Of("PostgreSQL: sessions terminated", weight: 4, (50, 300),
            cluster => cluster.Servers.SqlAsync(EndSessions)),
        Of("PostgreSQL: crashes", weight: 2, (0, 300),
            cluster => cluster.Servers.PgCtlAsync("stop -s -m immediate"), StartAsync),
        Of("PostgreSQL: restarts", weight: 2, (0, 300),
            cluster => cluster.Servers.PgCtlAsync("stop -s -m fast"), StartAsync),
        Of("PostgreSQL: connections exhausted", weight: 2, (500, 2500),
            cluster => cluster.Servers.SqlAsync($"ALTER ROLE {Role} CONNECTION LIMIT 0; {EndSessions}"),
            cluster => cluster.Servers.SqlAsync($"ALTER ROLE {Role} CONNECTION LIMIT -1")),
        Of("PostgreSQL: read-only", weight: 2, (500, 2500),
            cluster => ConfigureAsync(cluster, "SET default_transaction_read_only = on"),
            cluster => ConfigureAsync(cluster, "RESET default_transaction_read_only")),
        Of("PostgreSQL: password changed", weight: 1, (500, 2000),
            cluster => cluster.Servers.SqlAsync($"ALTER ROLE {Role} PASSWORD 'another-one'; {EndSessions}"),
            cluster => cluster.Servers.SqlAsync($"ALTER ROLE {Role} PASSWORD '{cluster.Servers.Password}'")),
        Of("PostgreSQL: right revoked", weight: 1, (500, 2000),
            cluster => cluster.Servers.SqlAsync($"REVOKE INSERT ON reversals.outbox FROM {Role}"),
            cluster => cluster.Servers.SqlAsync($"GRANT INSERT ON reversals.outbox TO {Role}")) with
        {
            IsAboutOurs = true,
        },
        Of("PostgreSQL: no disk for reversals", weight: 2, (500, 4000),
            cluster => cluster.Servers.SqlAsync(NoDisk),
            cluster => cluster.Servers.SqlAsync("DROP TRIGGER no_disk ON reversals.reversal")),
        Of("PostgreSQL: quarantine cannot be written", weight: 1, (500, 3000),
            cluster => cluster.Servers.SqlAsync(NoQuarantine),
            cluster => cluster.Servers.SqlAsync("DROP TRIGGER no_quarantine ON reversals.quarantine")) with
        {
            IsAboutOurs = true,
        },
        Of("PostgreSQL: some bills slow", weight: 1, (1000, 4000),
            cluster => cluster.Servers.SqlAsync(Slow),
            cluster => cluster.Servers.SqlAsync("DROP TRIGGER slow ON billing.bill")),
        Held("PostgreSQL: bills locked by a stranger", weight: 3, (500, 4000),
            dice => "SELECT 1 FROM billing.bill WHERE id % 50 = " +
                $"{(dice % 50).ToString(CultureInfo.InvariantCulture)} FOR UPDATE"),
        Held("PostgreSQL: outbox locked by a stranger", weight: 2, (500, 3000),
            _ => "LOCK TABLE reversals.outbox IN ACCESS EXCLUSIVE MODE") with { IsAboutOurs = true },
        Held("PostgreSQL: reversals locked by a stranger", weight: 2, (500, 3000),
            _ => "LOCK TABLE reversals.reversal IN EXCLUSIVE MODE"),
    ];

    static Task StartAsync(Cluster cluster) => cluster.Servers.PgCtlAsync("start -s -w -t 60");

    static async Task ConfigureAsync(Cluster cluster, string change)
    {
        await cluster.Servers.SqlAsync($"ALTER SYSTEM {change}");
        await cluster.Servers.SqlAsync("SELECT pg_reload_conf()");
    }

    static FaultKind Of(
        string name, int weight, (int Least, int Most) hold, Func<Cluster, Task> inject,
        Func<Cluster, Task>? heal = null) =>
        new(name, Lane.Postgres, weight, hold,
            (cluster, _) => inject(cluster), (cluster, _) => heal?.Invoke(cluster) ?? Task.CompletedTask);

    /// <summary>Somebody begins something, holds its locks and goes to lunch.</summary>
    static FaultKind Held(string name, int weight, (int Least, int Most) hold, Func<int, string> take)
    {
        NpgsqlConnection? stranger = null;
        return new FaultKind(
            name, Lane.Postgres, weight, hold,
            async (cluster, draw) =>
            {
                stranger = new NpgsqlConnection(cluster.Servers.Books);
                await stranger.OpenAsync();
                await using var command = new NpgsqlCommand($"BEGIN; {take(draw.Dice)}", stranger);
                await command.ExecuteNonQueryAsync();
            },
            async (_, _) => await stranger!.DisposeAsync());
    }
}
