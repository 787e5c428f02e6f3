using Npgsql;
using Reversals.Tests.Chaos.World;

namespace Reversals.Tests.Chaos.Faults;

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

    internal static readonly IReadOnlyList<FaultKind> All =
    [
        Of("PostgreSQL: sessions terminated", weight: 4, (50, 300),
            scene => scene.Servers.SqlAsync(EndSessions)),
        Of("PostgreSQL: crashes", weight: 2, (0, 300),
            scene => scene.Servers.PgCtlAsync("stop -s -m immediate"), StartAsync),
        Of("PostgreSQL: restarts", weight: 2, (0, 300),
            scene => scene.Servers.PgCtlAsync("stop -s -m fast"), StartAsync),
        Of("PostgreSQL: connections exhausted", weight: 2, (500, 2500),
            scene => scene.Servers.SqlAsync($"ALTER ROLE {Role} CONNECTION LIMIT 0; {EndSessions}"),
            scene => scene.Servers.SqlAsync($"ALTER ROLE {Role} CONNECTION LIMIT -1")),
        Of("PostgreSQL: read-only", weight: 2, (500, 2500),
            scene => ConfigureAsync(scene, "SET default_transaction_read_only = on"),
            scene => ConfigureAsync(scene, "RESET default_transaction_read_only")),
        Of("PostgreSQL: password changed", weight: 1, (500, 2000),
            scene => scene.Servers.SqlAsync($"ALTER ROLE {Role} PASSWORD 'another-one'; {EndSessions}"),
            scene => scene.Servers.SqlAsync($"ALTER ROLE {Role} PASSWORD '{scene.Servers.Password}'")),
        Of("PostgreSQL: right revoked", weight: 1, (500, 2000),
            scene => scene.Servers.SqlAsync($"REVOKE INSERT ON reversals.outbox FROM {Role}"),
            scene => scene.Servers.SqlAsync($"GRANT INSERT ON reversals.outbox TO {Role}")),
        Of("PostgreSQL: no disk for reversals", weight: 2, (500, 4000),
            scene => scene.Servers.SqlAsync(NoDisk),
            scene => scene.Servers.SqlAsync("DROP TRIGGER no_disk ON reversals.reversal")),
        Held("PostgreSQL: bills locked by a stranger", weight: 3, (500, 4000),
            dice => "SELECT 1 FROM billing.bill WHERE id % 50 = " +
                $"{(dice % 50).ToString(CultureInfo.InvariantCulture)} FOR UPDATE"),
        Held("PostgreSQL: outbox locked by a stranger", weight: 2, (500, 3000),
            _ => "LOCK TABLE reversals.outbox IN ACCESS EXCLUSIVE MODE"),
        Held("PostgreSQL: reversals locked by a stranger", weight: 2, (500, 3000),
            _ => "LOCK TABLE reversals.reversal IN EXCLUSIVE MODE"),
    ];

    static Task StartAsync(Scene scene) => scene.Servers.PgCtlAsync("start -s -w -t 60");

    static async Task ConfigureAsync(Scene scene, string change)
    {
        await scene.Servers.SqlAsync($"ALTER SYSTEM {change}");
        await scene.Servers.SqlAsync("SELECT pg_reload_conf()");
    }

    static FaultKind Of(
        string name, int weight, (int Least, int Most) hold, Func<Scene, Task> inject,
        Func<Scene, Task>? heal = null) =>
        new(name, Lane.Postgres, weight, hold,
            (scene, _) => inject(scene), (scene, _) => heal?.Invoke(scene) ?? Task.CompletedTask);

    /// <summary>Somebody begins something, holds its locks and goes to lunch.</summary>
    static FaultKind Held(string name, int weight, (int Least, int Most) hold, Func<int, string> take)
    {
        NpgsqlConnection? stranger = null;
        return new FaultKind(
            name, Lane.Postgres, weight, hold,
            async (scene, draw) =>
            {
                stranger = new NpgsqlConnection(scene.Servers.Books);
                await stranger.OpenAsync();
                await using var command = new NpgsqlCommand($"BEGIN; {take(draw.Dice)}", stranger);
                await command.ExecuteNonQueryAsync();
            },
            async (_, _) => await stranger!.DisposeAsync());
    }
}
