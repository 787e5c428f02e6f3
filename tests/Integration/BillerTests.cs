using Npgsql;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>What a biller's program does to the books with the two functions it may call.</summary>
public sealed class BillerTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Bills_that_a_biller_put_are_paid_and_reversed()
    {
        await using var biller = await SignInAsync();
        (await biller.PutAsync(7, type: "close", cents: 4_000_050)).ShouldBe(1);
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("active", 0, 1));
        await biller.PayAsync(7, "P1", 4_000_000);
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("active", 40_000, 2));
        await biller.PayAsync(7, "P2", 50);
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("paid", 40_000.50m, 3));

        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("active", 0.50m, 4));
        await biller.PayAsync(7, "P3", 4_000_000);
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("paid", 40_000.50m, 5));
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task The_same_bill_and_the_same_payment_again_change_nothing()
    {
        await using var biller = await SignInAsync();
        await biller.PutAsync(7);
        var payment = await biller.PayAsync(7, "P1", 100, channel: "bank_bsi");
        await biller.PutAsync(7, isVoid: false);
        var before = await Box.Books.SnapshotAsync();

        (await biller.PutAsync(7)).ShouldBe(2);
        (await biller.PayAsync(7, "P1", 100, channel: "bank_bsi")).ShouldBe(payment);

        (await Box.Books.SnapshotAsync()).ShouldBe(before);
    }

    /// <summary>What a reversal took is not undone by a biller who knows nothing of it.</summary>
    [Fact]
    public async Task Contents_put_after_a_reversal_leave_what_is_paid()
    {
        await using var biller = await SignInAsync();
        await biller.PutAsync(7, Some.StrictClient, "partial", cents: 100_00);
        await biller.PayAsync(7, "P1", 100_00, Some.StrictClient);
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"), Some.StrictClient)).Reason.ShouldBe("REVERSED");
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("reversal", 0, 3));

        (await biller.PutAsync(7, Some.StrictClient, "partial", cents: 100_00)).ShouldBe(3);
        (await biller.PutAsync(7, Some.StrictClient, "partial", cents: 100_00, name: "SPP 2")).ShouldBe(4);
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("reversal", 0, 4));
        await biller.PayAsync(7, "P2", 40_00, Some.StrictClient);
        (await Box.Books.StateAsync(7)).ShouldBe(new BillState("active", 40, 5));
    }

    [Theory]
    [InlineData("open", 100, 30, false, "active")]
    [InlineData("close", 100, 30, false, "paid")]
    [InlineData("close", 101, 30, false, "active")]
    [InlineData("partial", 101, -1, false, "expired")]
    [InlineData("partial", 100, -1, false, "paid")]
    [InlineData("close", 100, 30, true, "void")]
    public async Task The_status_follows_from_the_amounts(
        string type, long totalCents, int validForDays, bool isVoid, string expected)
    {
        await using var biller = await SignInAsync();
        await biller.PutAsync(7, type: type, cents: 500, validForDays: validForDays);
        await biller.PayAsync(7, "P1", 100);
        await biller.PutAsync(7, type: type, cents: totalCents, validForDays: validForDays, isVoid: isVoid);
        (await Box.Books.StateAsync(7)).Status.ShouldBe(expected);
    }

    [Theory]
    [InlineData("acme", 8, "P2", 100, "RB001", "no bill with bill_id 8")]
    [InlineData("globex", 7, "P2", 100, "RB002", "bill_id 7 is a bill of another client than globex")]
    [InlineData("acme", 7, "P1", 101, "RB003", "payment_ref 'P1' of client acme is payment")]
    [InlineData("acme", 9, "P1", 100, "RB003", "of 1.00 on bill 7")]
    [InlineData("acme", 7, "P2", 0, "RB004", "amount_cents is '0'; expected whole cents, above 0")]
    [InlineData("acme", 7, "P2", -1, "RB004", "amount_cents is '-1'")]
    [InlineData("acme", 7, null, 100, "RB004", "payment_ref is missing; expected 1 to 64 printable")]
    [InlineData("acme", 7, " P2", 100, "RB004", "payment_ref is ' P2'")]
    [InlineData("", 7, "P2", 100, "RB004", "client_id is ''")]
    public async Task A_payment_that_breaks_a_rule_is_refused_by_name_and_changes_nothing(
        string client, long bill, string? paymentRef, long cents, string code, string message)
    {
        await using var biller = await SignInAsync();
        await biller.PutAsync(7);
        await biller.PutAsync(9);
        await biller.PayAsync(7, "P1", 100);
        await ShouldRefuseAsync(() => biller.PayAsync(bill, paymentRef, cents, client), code, message);
    }

    [Fact]
    public async Task A_channel_that_no_request_can_name_is_refused_and_changes_nothing()
    {
        await using var biller = await SignInAsync();
        await biller.PutAsync(7);
        await ShouldRefuseAsync(
            () => biller.PayAsync(7, "P1", 100, channel: new string('b', 33)), "RB004",
            "expected at most 32 characters");
        await biller.PayAsync(7, "P1", 100, channel: new string('b', 32));
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Json(
            $"{{'payment_ref':'P1','reference_id':'request-1','channel':'{new string('B', 32)}'}}")))
            .Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task The_demonstration_touches_no_bill_of_a_biller()
    {
        // As the owner: the demonstration pays bills, which the worker's own role may not.
        var ofOwner = new Dictionary<string, string?>(Box.Settings, StringComparer.OrdinalIgnoreCase);
        await using var biller = await SignInAsync();
        await biller.PutAsync(1);
        await biller.PayAsync(1, "P1", 100);
        await Box.StartWorkerAsync();
        for (var run = 1; run <= 2; run++)
        {
            (await VerbRun.OfAsync(ofOwner, "demo")).ShouldEndWith(0);
            (await biller.PutAsync(run + 1)).ShouldBe(1);
        }

        (await Box.Books.StateAsync(1)).ShouldBe(new BillState("active", 1, 2));
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("globex", "open", 100, Some.VaNumber, "RB002", "bill_id 7 is a bill of another client")]
    [InlineData("acme", "opened", 100, Some.VaNumber, "RB004", "type is 'opened'; expected open, close or")]
    [InlineData("acme", "open", -1, Some.VaNumber, "RB004", "total_cents is '-1'; expected whole cents")]
    [InlineData("acme", "open", 100, Some.Account, "RB004", "va_number is '1234567890'; expected 16 digits")]
    public async Task A_bill_that_breaks_a_rule_is_refused_by_name_and_changes_nothing(
        string client, string type, long cents, string vaNumber, string code, string message)
    {
        await using var biller = await SignInAsync();
        await biller.PutAsync(7);
        await ShouldRefuseAsync(() => biller.PutAsync(7, client, type, cents, vaNumber), code, message);
    }

    [Fact]
    public async Task One_payment_ref_at_the_same_time_on_many_bills_is_one_payment()
    {
        await using var biller = await SignInAsync();
        for (var bill = 1; bill <= 8; bill++)
        {
            await biller.PutAsync(bill);
        }

        var codes = await Task.WhenAll(Enumerable.Range(1, 8).Select(bill => CodeOfAsync(
            () => biller.PayAsync(bill, "P1", 100))));

        codes.Count(code => code.Length == 0).ShouldBe(1);
        codes.Count(code => code == "RB003").ShouldBe(7);
        (await Box.Books.CountAsync("billing.payment")).ShouldBe(1);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
    }

    async Task<Biller> SignInAsync() => new((await Box.UseRolesAsync()).ConnectionString(Roles.Biller));

    async Task ShouldRefuseAsync(Func<Task> call, string code, string message)
    {
        var before = await Box.Books.SnapshotAsync();
        var error = await Should.ThrowAsync<PostgresException>(call);
        error.SqlState.ShouldBe(code, error.MessageText);
        error.MessageText.ShouldContain(message);
        error.ColumnName.ShouldNotBeNullOrEmpty();
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
    }

    static async Task<string> CodeOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "";
        }
        catch (PostgresException error)
        {
            return error.SqlState;
        }
    }
}
