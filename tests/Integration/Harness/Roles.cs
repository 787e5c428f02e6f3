namespace Reversals.Tests.Integration.Harness;

/// <summary>The roles of <c>deploy/postgres/roles.sql</c> in one database, each with a password. They go by
/// names of the test's own: roles belong to the whole server, and that may be somebody's.</summary>
sealed class Roles : IAsyncDisposable
{
    internal const string Owner = "reversal_owner";
    internal const string Worker = "reversal_worker";
    internal const string Operator = "reversal_operator";
    internal const string Retention = "reversal_retention";
    internal const string Reader = "reversal_reader";
    internal const string Biller = "reversal_biller";

    static readonly string[] Names = [Owner, Worker, Operator, Retention, Reader, Biller];

    readonly Books _books;
    readonly string _password;

    Roles(Books books, string password) => (_books, _password) = (books, password);

    internal static async Task<Roles> GrantAsync(Books books, string password)
    {
        var roles = new Roles(books, password);
        await roles.GrantAsync();
        foreach (var name in Names)
        {
            await books.RunAsync($"ALTER ROLE {roles.NameOf(name)} PASSWORD '{password}'");
        }

        return roles;
    }

    public async ValueTask DisposeAsync()
    {
        // One by one, the owner last: several at once trip over the default privileges they share.
        foreach (var name in Names.Reverse().Select(NameOf))
        {
            await _books.RunAsync($"DROP OWNED BY {name} CASCADE; DROP ROLE {name}");
        }
    }

    /// <summary>Runs the file, once more if need be.</summary>
    internal async Task GrantAsync()
    {
        var sql = await File.ReadAllTextAsync(Repository.PathOf("deploy/postgres/roles.sql"));
        await _books.RunAsync(Names.Aggregate(
            sql, (text, name) => text.Replace(name, NameOf(name), StringComparison.Ordinal)));
    }

    /// <summary>What a role is called in this test.</summary>
    internal string NameOf(string role) => NameOf(_books, role);

    /// <summary>The same before there are any.</summary>
    internal static string NameOf(Books books, string role) =>
        $"{new NpgsqlConnectionStringBuilder(books.ConnectionString).Database}_{role.Split('_')[1]}";

    internal string ConnectionString(string role) =>
        new NpgsqlConnectionStringBuilder(_books.ConnectionString)
        {
            Username = NameOf(role),
            Password = _password,
        }.ConnectionString;

    /// <summary>None of these may be run by the role.</summary>
    internal async Task ForbidAsync(string role, IReadOnlyList<string> statements)
    {
        List<string> wrong = [];
        foreach (var sql in statements)
        {
            var error = await TryAsync(role, sql);
            if (error?.SqlState != PostgresErrorCodes.InsufficientPrivilege)
            {
                wrong.Add($"{sql}: {error?.MessageText ?? "allowed"}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>Each of these may be run by the role.</summary>
    internal async Task AllowAsync(string role, IReadOnlyList<string> statements)
    {
        List<string> wrong = [];
        foreach (var sql in statements)
        {
            if (await TryAsync(role, sql) is { } error)
            {
                wrong.Add($"{sql}: {error.MessageText}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>Runs a statement as this role and takes it back; null when it was allowed.</summary>
    async Task<PostgresException?> TryAsync(string role, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(role) + ";Pooling=false");
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        try
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (PostgresException error)
        {
            return error;
        }
    }
}
