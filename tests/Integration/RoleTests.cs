namespace Reversals.Tests.Integration;

/// <summary>The rights that <c>deploy/postgres/roles.sql</c> gives are enough.</summary>
public sealed class RoleTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task The_whole_worker_runs_as_reversal_worker()
    {
        var roles = await Box.UseRolesAsync();
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        var broken = await Box.Books.PaidAsync("POISON", 10_000, vaNumber: "8573990000000002");
        await Box.Books.PoisonAsync(broken);
        var worker = await Box.StartWorkerAsync();

        (await Box.AskAsync(Some.Request("P1", "request-1", 4_000))).Reason.ShouldBe("PARTIALLY_REVERSED");
        (await Box.AskAsync(Some.Request("P1", "request-1", 4_000))).IsReplay.ShouldBeTrue();
        (await Box.AskAsync(Some.Request("P1", "request-2"))).Reason.ShouldBe("REVERSED");
        (await Box.AskAsync(Some.Request("P1", "request-3"))).Reason.ShouldBe("ALREADY_REVERSED");
        (await Box.AskAsync(Some.Json("{'virtual_account':'8573991234567890','reference_id':'request-4'}")))
            .Reason.ShouldNotBeNull();
        await Box.Upstream.SendAsync(Some.Request("POISON", "request-5"));
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        await Box.Books.QuarantinedAsync(2);

        // An event that nobody is bound for is put to rest, which is one more statement.
        await Box.Tap.UnbindAsync();
        await Box.Upstream.SendAsync("{}");
        await Until.LoggedAsync("Nobody is bound to exchange");
        await Box.Tap.BindAsync();
        await Box.Books.OutboxEmptyAsync();
        (await worker.ReadyAsync()).Text.ShouldContain("\"ok\"");
        (await Box.Books.TextsAsync("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = " +
            "'reversal-worker' AND datname = current_database()")).ShouldBe([roles.NameOf(Roles.Worker)]);
        LogCapture.Text.ShouldNotContain("42501");
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task The_worker_has_the_rights_its_statements_need_and_no_others()
    {
        var roles = await Box.UseRolesAsync();
        (await Box.Books.TextsAsync(
            $"""
            SELECT c.oid::regclass || coalesce(' (' || own.attname || ')', '') || ': '
                || string_agg(own.privilege_type, ', ' ORDER BY own.privilege_type)
            FROM pg_class c CROSS JOIN LATERAL (
                SELECT NULL::name AS attname, x.* FROM aclexplode(c.relacl) x
                UNION ALL
                SELECT a.attname, x.* FROM pg_attribute a CROSS JOIN aclexplode(a.attacl) x
                WHERE a.attrelid = c.oid
            ) AS own
            WHERE c.relnamespace IN ('billing'::regnamespace, 'reversals'::regnamespace)
              AND c.oid::regclass::text <> 'reversals.pending'
              AND own.grantee IN (0, '{roles.NameOf(Roles.Worker)}'::regrole)
            GROUP BY c.oid, own.attname
            """))
            .ShouldBe(
            [
                "billing.bill: SELECT",
                "billing.bill (paid_amount): UPDATE",
                "billing.bill (status): UPDATE",
                "billing.bill (version): UPDATE",
                "billing.payment: SELECT",
                "billing.payment (reversed_amount): UPDATE",
                "reversals.event: INSERT, SELECT",
                "reversals.pause: SELECT", "reversals.outbox: DELETE, INSERT, SELECT",
                "reversals.outbox (attempts): UPDATE",
                "reversals.outbox (held_until): UPDATE",
                "reversals.outbox (lease_id): UPDATE",
                "reversals.quarantine: INSERT",
                "reversals.quarantine (cause): SELECT",
                "reversals.quarantine (client): SELECT",
                "reversals.quarantine (fingerprint): SELECT",
                "reversals.quarantine (last_received_at): SELECT, UPDATE",
                "reversals.quarantine (received_at): SELECT",
                "reversals.quarantine (resolution): SELECT",
                "reversals.quarantine (times): SELECT, UPDATE",
                "reversals.quarantine_dropped: INSERT, SELECT",
                "reversals.quarantine_dropped (bytes): UPDATE",
                "reversals.quarantine_dropped (count): UPDATE",
                "reversals.quarantine_dropped (last_at): UPDATE",
                "reversals.reversal: INSERT, SELECT",
                "reversals.schema_version: SELECT",
                "reversals.worker_state: DELETE, INSERT, SELECT",
                .. ((string[])
                    [
                        "at", "pauses", "problem", "settings_mark", "settings_problem", "settings_since",
                        "stalled_since", "unacknowledged", "unacknowledged_dead",
                    ])
                    .Select(column => $"reversals.worker_state ({column}): UPDATE"),
            ],
            ignoreOrder: true);
    }

    [Fact]
    public async Task The_owner_migrates_and_what_it_makes_later_is_the_workers_to_read_and_add_to()
    {
        var roles = await Box.UseRolesAsync();
        var owner = roles.ConnectionString(Roles.Owner) + ";Pooling=false";
        (await Migrator.MigrateAsync(owner, TimeProvider.System, Stop)).ShouldBeEmpty();
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync(Stop);
        await using var later = new NpgsqlCommand(
            """
            ALTER TABLE billing.bill ADD COLUMN later text;
            CREATE TABLE reversals.later (id bigint);
            CREATE FUNCTION reversals.later() RETURNS int LANGUAGE sql AS 'SELECT 1'
            """,
            connection);
        await later.ExecuteNonQueryAsync(Stop);

        await roles.AllowAsync(
            Roles.Worker,
            ["INSERT INTO reversals.later VALUES (1)", "SELECT reversals.later() FROM reversals.later"]);
        await roles.AllowAsync(Roles.Operator, ["SELECT * FROM reversals.later"]);
        await roles.ForbidAsync(
            Roles.Worker,
            [
                "DELETE FROM reversals.later", "UPDATE reversals.later SET id = 2", "TRUNCATE reversals.later",
                "UPDATE billing.bill SET later = ''",
            ]);
        await roles.ForbidAsync(Roles.Reader, ["SELECT * FROM reversals.later", "SELECT reversals.later()"]);
    }

    [Fact]
    public async Task Running_the_file_again_takes_away_what_was_granted_beside_it()
    {
        var roles = await Box.UseRolesAsync();
        var worker = roles.NameOf(Roles.Worker);
        await Box.Books.RunAsync($"GRANT DELETE, UPDATE (amount) ON billing.payment TO {worker}");
        await roles.GrantAsync();
        await roles.ForbidAsync(
            Roles.Worker, ["DELETE FROM billing.payment", "UPDATE billing.payment SET amount = 1"]);
        await Box.StartWorkerAsync();
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
    }

    [Fact]
    public async Task A_right_that_is_missing_is_named_and_nothing_is_quarantined_for_it()
    {
        var roles = await Box.UseRolesAsync();
        await Box.Books.PaidAsync("P1", 10_000);
        var worker = roles.NameOf(Roles.Worker);
        await Box.Books.RunAsync($"REVOKE USAGE ON SCHEMA reversals FROM {worker}");
        var host = await Box.StartUnreadyWorkerAsync();
        await Until.LoggedAsync("permission denied for schema reversals. Run deploy/postgres/roles.sql");
        (await host.ReadyAsync()).Problem!.ShouldContain("roles.sql");
        await roles.GrantAsync();
        await host.BecomesReadyAsync();

        await Box.Books.RunAsync($"REVOKE INSERT ON reversals.event FROM {worker}");
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Until.LoggedAsync("42501: permission denied for table event");
        await roles.GrantAsync();
        (await Box.Tap.HearAsync(1))[0].IsReplay.ShouldBeFalse();
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
    }
}
