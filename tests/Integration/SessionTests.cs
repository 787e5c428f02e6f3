using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>What the worker does is the same whatever a database or a role sets for its sessions.</summary>
public sealed class SessionTests(Servers servers) : ServerTest(servers)
{
    static readonly string[] Odd =
    [
        "standard_conforming_strings = off", "bytea_output = escape", "DateStyle = 'German, DMY'",
        "IntervalStyle = sql_standard", "TimeZone = 'America/St_Johns'", "search_path = nowhere, public",
        "default_transaction_isolation = serializable", "default_transaction_deferrable = on",
        "row_security = off", "quote_all_identifiers = on", "client_encoding = LATIN1", "array_nulls = off",
        "transform_null_equals = on", "enable_nestloop = off", "enable_indexscan = off",
        "enable_tidscan = off",
        "statement_timeout = '1ms'", "lock_timeout = '1ms'", "lc_messages = 'C'", "extra_float_digits = -10",
        "backslash_quote = off", "escape_string_warning = off", "check_function_bodies = off",
        "plan_cache_mode = force_custom_plan", "jit = on",
    ];

    [Fact]
    public async Task Migrate_and_the_whole_worker_do_the_same_whatever_the_database_sets()
    {
        var empty = await Box.UseEmptyDatabaseAsync();
        var name = new NpgsqlConnectionStringBuilder(empty.ConnectionString).Database;
        foreach (var setting in Odd)
        {
            await Box.Books.RunAsync($"ALTER DATABASE {name} SET {setting}");
        }

        await using var books = new Books(
            new NpgsqlConnectionStringBuilder(empty.ConnectionString)
            {
                Options = "-c statement_timeout=0 -c lock_timeout=0", Pooling = false,
            }.ConnectionString);
        (await RunAsync("migrate")).ShouldEndWith(0);
        await books.PaidAsync("INV/01", 10_000);
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Json(@"{'payment_ref':'INV\/01','reference_id':'request-1'}")))
            .Reason.ShouldBe("REVERSED");
        var quarantined = Some.Utf8("""{"payment_ref" : "INV\/02", "reference_id":"request-2", "é":"\\"}""");
        await Box.Upstream.SendAsync(quarantined, change: to =>
        {
            to.Headers!["Signature"] = "ünï\\'\"";
            to.Headers["X-Odd"] = "\\x00 ' \" \\";
        });
        await books.QuarantinedAsync(1);

        (await books.QuarantineAsync())[0].Body.ShouldBe(quarantined);
        (await books.TextAsync("SELECT payment_ref || ' ' || reference_id FROM reversals.quarantine"))
            .ShouldBe("INV/02 request-2");
        await books.OutboxEmptyAsync();
        foreach (var verb in (string[])
        [
            "status", "show request-1", "show INV/02", "quarantine list", "quarantine show 1", "outbox list",
            "reconcile", "check", "migrate --list", "quarantine discard 1 --note x --yes",
        ])
        {
            (await RunAsync(verb)).ShouldEndWith(0);
        }
    }

    [Fact]
    public async Task Settings_of_a_role_and_of_the_connection_string_change_nothing_either()
    {
        var roles = await Box.UseRolesAsync();
        foreach (var setting in Odd)
        {
            await Box.Books.RunAsync($"ALTER ROLE {roles.NameOf(Roles.Worker)} SET {setting}");
        }

        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Worker) +
            ";Search Path=public;Timezone=Asia/Jakarta;Client Encoding=LATIN1;Options=-c search_path=public";
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
    }

    /// <summary>Whoever sets it wants that nobody writes: the database is about to move, perhaps.</summary>
    [Fact]
    public async Task A_database_that_is_set_to_be_only_read_is_not_written_to_and_the_worker_says_so()
    {
        var name = Box.Books.Name;
        await Box.Books.RunAsync($"ALTER DATABASE {name} SET default_transaction_read_only = on");
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["read-only"]);

        await Box.Books.RunAsync($"ALTER DATABASE {name} RESET default_transaction_read_only");
        await Box.StopWorkersAsync();
        await Box.StartWorkerAsync();
    }

    [Fact]
    public async Task A_schema_that_was_made_while_backslashes_were_escapes_is_mended_by_migrate()
    {
        using var stream = typeof(Migrator).Assembly
            .GetManifestResourceStream("Migrations/0004_operations.sql")!;
        using var reader = new StreamReader(stream);
        var script = await reader.ReadToEndAsync(Stop);
        var from = script.IndexOf("ADD COLUMN reference_id", StringComparison.Ordinal);
        var columns = script[from..script.IndexOf(';', from)];
        await using (var connection = await Box.Books.OpenAsync())
        {
            await using var command = new NpgsqlCommand(
                "SET standard_conforming_strings = off", connection);
            await command.ExecuteNonQueryAsync(Stop);
            command.CommandText =
                "ALTER TABLE reversals.quarantine " +
                "DROP COLUMN reference_id, DROP COLUMN payment_ref, " + columns;
            await command.ExecuteNonQueryAsync(Stop);
        }

        await Box.Books.RunAsync("DELETE FROM reversals.schema_version WHERE scriptname LIKE '%0010%'");
        await Should.ThrowAsync<PostgresException>(QuarantineAsync);
        (await Migrator.MigrateAsync(Box.Books.ConnectionString, TimeProvider.System, Stop))
            .ShouldBe(["Migrations/0010_sessions.sql"]);

        await QuarantineAsync();
        (await Box.Books.TextAsync("SELECT payment_ref || ' ' || reference_id FROM reversals.quarantine"))
            .ShouldBe("INV/01 request-1");
        await Box.Books.RunAsync("DELETE FROM reversals.schema_version WHERE scriptname LIKE '%0010%'");
        await Migrator.MigrateAsync(Box.Books.ConnectionString, TimeProvider.System, Stop);
        (await Box.Books.CountAsync("reversals.quarantine WHERE payment_ref = 'INV/01'")).ShouldBe(1);
    }

    [Theory]
    [Each("SQL_ASCII", "LATIN1")]
    public async Task A_database_of_another_encoding_is_refused_before_any_script(string encoding)
    {
        var settings = new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString);
        settings.Database += "_other";
        await Box.Books.RunAsync(
            $"CREATE DATABASE {settings.Database} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        try
        {
            await using var books = new Books(settings.ConnectionString + ";Pooling=false");
            Box.Settings["ConnectionStrings:Postgres"] = settings.ConnectionString;
            foreach (var verb in (string[])["migrate", "migrate --list", "migrate --dry-run"])
            {
                (await RunAsync(verb)).ShouldEndWith(1).Error.ShouldContain(
                    $"{settings.Database} has the encoding {encoding}; expected UTF8");
            }

            (await RunAsync("check")).ShouldEndWith(1).Out.ShouldContain(encoding);
            (await books.NumberAsync(
                "SELECT count(*) FROM pg_namespace WHERE nspname IN ('billing', 'reversals')")).ShouldBe(0);

            var worker = await Box.StartUnreadyWorkerAsync();
            await worker.SaysAsync([$"the encoding {encoding}"]);
        }
        finally
        {
            await Box.StopWorkersAsync();
            NpgsqlConnection.ClearAllPools();
            await Box.Books.RunAsync($"DROP DATABASE {settings.Database} WITH (FORCE)");
        }
    }

    Task QuarantineAsync() => Box.Books.RunAsync(
        """
        INSERT INTO reversals.quarantine (cause, detail, headers, body, received_at)
        VALUES ('x', 'x', '{}',
            convert_to('{"payment_ref" : "INV\/01","reference_id":"request-1"}', 'UTF8'), now())
        """);
}
