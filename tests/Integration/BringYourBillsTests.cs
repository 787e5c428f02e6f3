using Npgsql;
using Reversals.Processing.Storage;

namespace Reversals.Tests.Integration;

/// <summary>The ways of <c>deploy/bring-your-bills.md</c>, each under load.</summary>
public sealed class BringYourBillsTests(Servers servers) : ServerTest(servers)
{
    const string Receipt =
        """
        INSERT INTO shop.receipt (invoice_no, merchant, account, bank_ref, cents)
        VALUES ($1, 'acme', '8573991234567890', $2, $3)
        """;

    [Fact]
    public async Task A_biller_who_calls_the_functions_and_the_worker_never_wait_for_each_other_in_a_circle()
    {
        var roles = await Box.UseRolesAsync();
        await using var biller = new Biller(roles.ConnectionString(Roles.Biller));
        await PutAsync(biller);
        await Traffic(roles, biller).RunAsync();
    }

    [Fact]
    public async Task A_biller_whose_tables_have_triggers_pays_and_is_reversed_without_a_deadlock()
    {
        var roles = await Box.UseRolesAsync();
        var shop = Box.Keep(await Shop.OpenAsync(Box.Books));
        await shop.GrantAsync(roles);
        await shop.LoadAsync("sync.sql");
        (await Box.Books.CountAsync("billing.bill")).ShouldBe(BillerTraffic.Bills);
        await new BillerTraffic(Box, roles, Box.Books)
        {
            PayAsync = (bill, paymentRef, cents) => shop.RunAsync(Receipt, (int)bill, paymentRef, cents),
            RenameAsync = (bill, name) => shop.RunAsync(
                "UPDATE shop.invoice SET title = $2 WHERE no = $1", (int)bill, name),
        }.RunAsync();
    }

    /// <summary>What its functions refuse, its own statement is refused for.</summary>
    [Fact]
    public async Task A_wrong_row_in_a_table_with_triggers_is_refused_and_named_and_nothing_is_written()
    {
        var roles = await Box.UseRolesAsync();
        var shop = Box.Keep(await Shop.OpenAsync(Box.Books));
        await shop.GrantAsync(roles);
        await shop.LoadAsync("sync.sql");
        await shop.RunAsync(Receipt, 7, "P1", 100L);
        var error = await Should.ThrowAsync<PostgresException>(() => shop.RunAsync(Receipt, 7, "P1", 101L));
        error.SqlState.ShouldBe("RB003");
        error.MessageText.ShouldContain("payment_ref 'P1'");
        (await Box.Books.CountAsync("shop.receipt")).ShouldBe(1);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Views_over_a_billers_own_tables_are_paid_and_reversed_without_a_deadlock()
    {
        var (books, roles, shop) = await ShowViewsAsync();
        await new BillerTraffic(Box, roles, books)
        {
            PayAsync = (bill, paymentRef, cents) => shop.RunAsync(
                "WITH paid AS (UPDATE shop.invoice SET paid_cents = paid_cents + $3, version = version + 1 " +
                $"WHERE no = $1) {Receipt}", (int)bill, paymentRef, cents),
            RenameAsync = (bill, name) => shop.RunAsync(
                "UPDATE shop.invoice SET title = $2, version = version + 1 WHERE no = $1", (int)bill, name),
        }.RunAsync();
        (await books.NumberAsync("SELECT sum(cents - reversed_cents)::bigint FROM shop.receipt")).ShouldBe(
            await books.NumberAsync("SELECT sum(paid_cents)::bigint FROM shop.invoice"));
        (await books.TextAsync(
            "SELECT string_agg(relkind::text || pg_get_userbyid(relowner), ' ') FROM pg_class " +
            "WHERE oid IN ('billing.bill'::regclass, 'billing.payment'::regclass)"))
            .ShouldBe($"v{shop.Role} v{shop.Role}");
    }

    [Fact]
    public async Task Partitioned_tables_in_place_of_the_tables_are_paid_and_reversed_without_a_deadlock()
    {
        await Partitions.MakeAsync(Box.Books, "bill", "HASH (id)", "id");
        await Partitions.MakeAsync(Box.Books, "payment", "HASH (client_id)", "id, client_id");
        await Migrator.MigrateAsync(Box.Books.ConnectionString, TimeProvider.System, Stop);
        var roles = await Box.UseRolesAsync();
        await Box.Books.RunAsync(
            "GRANT SELECT, INSERT, UPDATE ON billing.bill, billing.payment TO " +
            $"{roles.NameOf(Roles.Owner)}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA billing TO " +
            roles.NameOf(Roles.Owner));
        await using var biller = new Biller(roles.ConnectionString(Roles.Biller));
        await PutAsync(biller);
        await Traffic(roles, biller).RunAsync();
    }

    [Theory]
    [InlineData("DROP TRIGGER change ON billing.bill", "billing.bill: cannot update column \"paid_amount\"")]
    [InlineData("DROP TRIGGER change ON billing.payment", "billing.payment: cannot update column \"reversed_amount\"")]
    [InlineData(
        "CREATE OR REPLACE FUNCTION shop.change_bill() RETURNS trigger LANGUAGE plpgsql " +
        "AS 'BEGIN RETURN NEW; END'",
        "billing.bill: it does not keep the version it is given")]
    [InlineData(
        "CREATE OR REPLACE FUNCTION shop.change_payment() RETURNS trigger LANGUAGE plpgsql " +
        "AS 'BEGIN RETURN NULL; END'",
        "billing.payment: an UPDATE of one row says that it changed none")]
    [InlineData(
        "ALTER FUNCTION shop.change_payment() SECURITY INVOKER",
        "billing.payment: permission denied for schema shop")]
    public async Task A_view_that_takes_no_reversal_is_named_by_check(string change, string problem)
    {
        var (books, _, shop) = await ShowViewsAsync();
        await shop.RunAsync(
            "WITH paid AS (UPDATE shop.invoice SET paid_cents = paid_cents + $3 WHERE no = $1) " + Receipt,
            7, "P1", 100L);
        await Box.DeployTopologyAsync();
        (await VerbRun.OfAsync(Box.Settings, "check")).ShouldEndWith(0);

        await shop.RunAsync(change);

        var run = await VerbRun.OfAsync(Box.Settings, "check --json");
        run.ShouldEndWith(1).Json.EnumerateArray()
            .Single(one => one.GetProperty("what").GetString() == "commit").GetProperty("detail").GetString()!
            .ShouldStartWith("the worker could not commit to " + problem);
        (await books.NumberAsync("SELECT sum(reversed_cents)::bigint FROM shop.receipt")).ShouldBe(0);
    }

    BillerTraffic Traffic(Roles roles, Biller biller) => new(Box, roles, Box.Books)
    {
        PayAsync = (bill, paymentRef, cents) => biller.PayAsync(bill, paymentRef, cents),
        RenameAsync = (bill, name) => biller.PutAsync(bill, name: name),
    };

    static async Task PutAsync(Biller biller)
    {
        for (var bill = 1; bill <= BillerTraffic.Bills; bill++)
        {
            await biller.PutAsync(bill);
        }
    }

    /// <summary>A new installation: the biller was first, and then migrate and roles.sql came.</summary>
    async Task<(Books Books, Roles Roles, Shop Shop)> ShowViewsAsync()
    {
        const string password = "password-of-all-roles";
        var books = await Box.UseEmptyDatabaseAsync();
        var owner = Roles.NameOf(books, Roles.Owner);
        await books.RunAsync(
            $"CREATE ROLE {owner} LOGIN PASSWORD '{password}'; DO $$ BEGIN EXECUTE format(" +
            $"'GRANT CREATE ON DATABASE %I TO {owner}', current_database()); END $$");
        var shop = Box.Keep(await Shop.OpenAsync(books));
        await shop.LoadAsync("views.sql", owner);
        await Migrator.MigrateAsync(
            new NpgsqlConnectionStringBuilder(books.ConnectionString)
            {
                Username = owner, Password = password, Pooling = false,
            }.ConnectionString,
            TimeProvider.System, Stop);
        return (books, await Box.UseRolesAsync(password, books), shop);
    }
}
