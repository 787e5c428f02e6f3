using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration.Harness;

/// <summary>
/// The biller of <c>deploy/bring-your-bills</c>: tables of its own under a role of its own, which loads the files
/// as they are.
/// </summary>
sealed class Shop : IAsyncDisposable
{
    readonly Books _books;
    readonly NpgsqlDataSource _database;

    Shop(Books books, string role, NpgsqlDataSource database) =>
        (_books, Role, _database) = (books, role, database);

    internal string Role { get; }

    /// <summary>A biller with twenty invoices of 100 000 and no receipts.</summary>
    internal static async Task<Shop> OpenAsync(Books books)
    {
        const string password = "password-of-the-shop";
        var role = new NpgsqlConnectionStringBuilder(books.ConnectionString).Database + "_shop";
        await books.RunAsync(
            $"""
            CREATE ROLE {role} LOGIN PASSWORD '{password}';
            DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {role}', current_database()); END $$
            """);
        var shop = new Shop(books, role, NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(books.ConnectionString) { Username = role, Password = password }
                .ConnectionString));
        await shop.LoadAsync("shop.sql");
        await shop.RunAsync(
            """
            INSERT INTO shop.invoice (no, merchant, account, title, buyer, cents, due)
            SELECT n, 'acme', '8573991234567890', 'SPP', 'Siti', 10000000, now() + interval '30 days'
            FROM generate_series(1, 20) n
            """);
        return shop;
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _books.RunAsync($"DROP OWNED BY {Role} CASCADE; DROP ROLE {Role}");
    }

    /// <summary>Its owner may call what a biller may call.</summary>
    internal Task GrantAsync(Roles roles) =>
        _books.RunAsync($"GRANT {roles.NameOf(Roles.Biller)} TO {Role}");

    /// <summary>Runs one of the files, in which the owner of the schema may go by a name of the test's.</summary>
    internal async Task LoadAsync(string file, string owner = Roles.Owner) =>
        await RunAsync((await File.ReadAllTextAsync(Repository.PathOf($"deploy/bring-your-bills/{file}")))
            .Replace(Roles.Owner, owner, StringComparison.Ordinal));

    internal async Task RunAsync(string sql, params object[] values)
    {
        await using var command = _database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
