using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Tests.Integration.Harness;
using Reversals.Worker;
using Reversals.Worker.Storage;

namespace Reversals.Tests.Integration;

/// <summary>The schema, how it comes about, and what it refuses whoever asks.</summary>
public sealed class StorageTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Eight_migrations_at_once_run_each_script_once()
    {
        var empty = await Box.UseEmptyDatabaseAsync();
        var runners = Enumerable.Range(0, 8).Select(_ => Task.Run(() => MigrateAsync(empty)));
        var applied = await Task.WhenAll(runners)
            .WaitAsync(TimeSpan.FromSeconds(15), Stop);
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
        var worker = typeof(Verbs).Assembly;
        var names = worker.GetManifestResourceNames()
            .Where(name => name.StartsWith("Queries/", StringComparison.Ordinal)).ToList();
        names.Count.ShouldBeGreaterThan(10);
        List<string> problems = [];
        await using var connection = await Box.Books.OpenAsync();
        foreach (var name in names)
        {
            using var reader = new StreamReader(worker.GetManifestResourceStream(name)!);
            var statement = await reader.ReadToEndAsync(Stop);
            try
            {
                await using var command = new NpgsqlCommand(
                    $"PREPARE p{names.IndexOf(name)} AS {statement}", connection);
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
        var bill = await Box.Books.BillAsync();
        await Box.Books.PayAsync(bill, "P1", 10_000);
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

    /// <summary>Whenever it happens in the life of a session: statements are prepared along the way.</summary>
    [Fact]
    public async Task A_session_is_of_use_again_after_a_batch_failed_on_it()
    {
        var bill = await Box.Books.BillAsync();
        await Box.Books.PayAsync(bill, "P1", 10_000);
        var now = TimeProvider.System.GetUtcNow();
        var request = new ReversalRequest
        {
            ClientId = "acme", PaymentRef = "P1", SentAt = now, ReceivedAt = now,
        };
        await using var stranger = await Box.Books.OpenAsync();
        for (var failing = 1; failing <= 3; failing++)
        {
            await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
            for (var batch = 1; batch <= 5; batch++)
            {
                await using var held = await stranger.BeginTransactionAsync(Stop);
                if (batch == failing)
                {
                    await using var hold = new NpgsqlCommand(
                        "SELECT 1 FROM billing.bill FOR UPDATE", stranger);
                    await hold.ExecuteNonQueryAsync(Stop);
                }

                (await ErrorOfLoadingAsync(database, request)).ShouldBe(
                    batch == failing ? PostgresErrorCodes.LockNotAvailable : null);
            }
        }
    }

    static async Task<string?> ErrorOfLoadingAsync(NpgsqlDataSource database, ReversalRequest request)
    {
        try
        {
            await using var transaction = await ReversalTransaction.OpenAsync(database, Stop);
            await transaction.LoadAsync([request], TimeSpan.FromMilliseconds(20), Stop);
            return null;
        }
        catch (PostgresException error)
        {
            return error.SqlState;
        }
    }

    static Task<IReadOnlyList<string>> MigrateAsync(Books books) =>
        Migrator.MigrateAsync(books.ConnectionString, TimeProvider.System, Stop);
}
