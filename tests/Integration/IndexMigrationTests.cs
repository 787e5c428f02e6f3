namespace Reversals.Tests.Integration;

/// <summary>How <c>migrate</c> builds an index of a table that workers write to.</summary>
public sealed class IndexMigrationTests(Servers servers) : ServerTest(servers)
{
    const string Migration = "Migrations/0025_event_by_time.index.sql";
    const string Build = "CREATE INDEX CONCURRENTLY event_by_time ON reversals.event (occurred_at)";

    /// <summary>Not committed, it keeps a build from its end.</summary>
    const string Event =
        """
        INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
        VALUES (gen_random_uuid(), 'payment.reversal', 'acme', 'SUCCESS', 'REVERSED', '', now())
        """;

    [Fact]
    public async Task Commits_go_on_while_an_index_is_built_and_an_interrupted_build_is_begun_again()
    {
        await WithoutIndexAsync();
        await using var connection = await Box.Books.OpenAsync();
        await using var open = await BeginAsync(connection);
        var migrating = MigrateAsync();
        await UnfinishedAsync();
        await Box.Books.RunAsync($"SET lock_timeout = '5s'; {Event}");

        await Box.Books.RunAsync(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'reversal-migrate' AND state = 'active'
            """);
        (await Should.ThrowAsync<InvalidOperationException>(migrating)).Message.ShouldContain(Migration);
        (await RunAsync("migrate --dry-run")).ShouldEndWith(0).Out.ShouldContain("event_by_time");
        (await IsValidAsync()).ShouldBeFalse();

        await open.RollbackAsync(Stop);
        (await MigrateAsync()).ShouldBe([Migration]);
        (await IsValidAsync()).ShouldBeTrue();
        (await MigrateAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_build_that_goes_on_after_its_client_is_gone_is_waited_for_and_used()
    {
        await WithoutIndexAsync();
        await using var connection = await Box.Books.OpenAsync();
        await using var open = await BeginAsync(connection);
        var building = Box.Books.RunAsync(Build);
        await UnfinishedAsync();
        var index = await Box.Books.NumberAsync("SELECT 'reversals.event_by_time'::regclass::oid::bigint");
        var migrating = MigrateAsync();
        await MigrateRunsAsync("query LIKE '%pg_stat_progress_create_index%'");

        await open.RollbackAsync(Stop);
        await building;
        (await migrating).ShouldBe([Migration]);
        (await Box.Books.NumberAsync("SELECT 'reversals.event_by_time'::regclass::oid::bigint"))
            .ShouldBe(index);
        (await IsValidAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_migration_takes_as_long_as_it_takes_whatever_limits_there_are()
    {
        await WithoutIndexAsync();
        await Box.Books.RunAsync($"ALTER DATABASE {Box.Books.Name} SET lock_timeout = '100ms'");
        await Box.Books.RunAsync($"ALTER DATABASE {Box.Books.Name} SET idle_session_timeout = '500ms'");
        await using var connection = await Box.Books.OpenAsync();
        await using var open = await BeginAsync(connection);
        var migrating = MigrateAsync(";Command Timeout=1");
        await MigrateRunsAsync("state = 'active' AND clock_timestamp() - query_start > interval '2 s'");

        await open.RollbackAsync(Stop);
        (await migrating).ShouldBe([Migration]);
    }

    async Task WithoutIndexAsync()
    {
        Box.PlantsEvents = true;
        await Box.Books.RunAsync("DROP INDEX reversals.event_by_time");
        await Box.Books.RunAsync(
            "DELETE FROM reversals.schema_version WHERE scriptname = @Migration", new { Migration });
    }

    static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection)
    {
        var open = await connection.BeginTransactionAsync(Stop);
        await using var command = new NpgsqlCommand(Event, connection, open);
        await command.ExecuteNonQueryAsync(Stop);
        return open;
    }

    Task UnfinishedAsync() => Until.TrueAsync(
        async () => await Box.Books.CountAsync(
            "pg_index WHERE indexrelid = to_regclass('reversals.event_by_time') AND NOT indisvalid") == 1,
        "the index is being built");

    Task MigrateRunsAsync(string what) => Until.TrueAsync(
        async () => await Box.Books.CountAsync(
            "pg_stat_activity WHERE datname = current_database() " +
            $"AND application_name = 'reversal-migrate' AND {what}") > 0,
        $"migrate runs something with {what}");

    async Task<bool> IsValidAsync() => await Box.Books.CountAsync(
        "pg_index WHERE indexrelid = 'reversals.event_by_time'::regclass AND indisvalid") == 1;

    Task<IReadOnlyList<string>> MigrateAsync(string more = "") => Task.Run(() => Migrator.MigrateAsync(
        Box.Books.ConnectionString + more, TimeProvider.System, Stop));
}
