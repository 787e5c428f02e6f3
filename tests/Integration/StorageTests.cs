using System.Reflection;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>The schema, how it comes about, and what it refuses whoever asks.</summary>
public sealed class StorageTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Eight_migrations_at_once_run_each_script_once()
    {
        var empty = await Box.UseEmptyDatabaseAsync();
        var runners = Enumerable.Range(0, 8).Select(_ => Task.Run(() => MigrateAsync(empty)));
        var applied = await Task.WhenAll(runners).WaitAsync(TimeSpan.FromSeconds(15), Stop);
        applied.SelectMany(names => names).ShouldBe(Migrator.Names);
        (await empty.TextsAsync("SELECT scriptname FROM reversals.schema_version ORDER BY schemaversionsid"))
            .ShouldBe(Migrator.Names);
    }

    [Fact]
    public async Task Migrating_again_does_nothing()
    {
        Migrator.Names.ShouldNotBeEmpty();
        (await MigrateAsync(Box.Books)).ShouldBeEmpty();
        (await Box.Books.CountAsync("reversals.schema_version")).ShouldBe(Migrator.Names.Count);
    }

    [Fact]
    public async Task Every_statement_fits_the_schema()
    {
        Assembly[] rooms = [typeof(Database).Assembly, typeof(Query).Assembly];
        var statements = rooms
            .SelectMany(room => room.GetManifestResourceNames().Select(name => (Room: room, Name: name)))
            .Where(one => one.Name.StartsWith("Queries/", StringComparison.Ordinal)).ToList();
        statements.Count.ShouldBeGreaterThan(10);
        List<string> problems = [];
        await using var connection = await Box.Books.OpenAsync();
        foreach (var (number, (room, name)) in statements.Index())
        {
            using var reader = new StreamReader(room.GetManifestResourceStream(name)!);
            var statement = await reader.ReadToEndAsync(Stop);
            try
            {
                // A call cannot be prepared in SQL; it writes nothing that stays.
                await using var command = new NpgsqlCommand(
                    statement.StartsWith("CALL ", StringComparison.Ordinal)
                        ? statement
                        : $"PREPARE p{number} AS {statement}",
                    connection);
                await command.ExecuteNonQueryAsync(Stop);
            }
            catch (PostgresException error)
            {
                problems.Add($"{name}: {error.MessageText}");
            }
        }

        problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("billing.bill", "total_amount", "NaN", "Infinity", "-0.01", "1e16")]
    [InlineData("billing.bill", "billed_amount", "NaN", "Infinity", "-0.01", "1e16")]
    [InlineData("billing.bill", "paid_amount", "NaN", "Infinity", "-0.01", "1e16")]
    [InlineData("billing.payment", "amount", "NaN", "Infinity", "-0.01", "0", "1e16", "4999.99")]
    [InlineData("billing.payment", "reversed_amount", "NaN", "Infinity", "-0.01", "10000.01")]
    [InlineData("reversals.reversal", "amount", "NaN", "Infinity", "-0.01", "0", "1e16")]
    public async Task The_schema_itself_refuses_impossible_money(
        string table, string column, params string[] amounts)
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        await Box.Books.RunAsync("UPDATE billing.payment SET reversed_amount = 5000");
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.reversal
            VALUES ('acme', 'request-1', sha256('content'), 1, 1, 5000, gen_random_uuid(), now())
            """);
        var before = await Box.Books.SnapshotAsync();
        foreach (var amount in amounts)
        {
            var refused = await Should.ThrowAsync<PostgresException>(
                Box.Books.RunAsync($"UPDATE {table} SET {column} = '{amount}'"), amount);
            refused.SqlState.ShouldBeOneOf(
                PostgresErrorCodes.CheckViolation, PostgresErrorCodes.NumericValueOutOfRange);
        }

        (await Box.Books.SnapshotAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_key_can_stand_in_the_inbox_only_once()
    {
        const string insert =
            """
            INSERT INTO reversals.reversal
            VALUES ('acme', 'request-1', sha256('content'), 1, 1, 5000, gen_random_uuid(), now())
            """;
        await Box.Books.RunAsync(insert);
        (await Should.ThrowAsync<PostgresException>(Box.Books.RunAsync(insert)))
            .SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
    }

    static Task<IReadOnlyList<string>> MigrateAsync(Books books) =>
        Migrator.MigrateAsync(books.ConnectionString, TimeProvider.System, Stop);
}
