using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>The ways of <c>deploy/bring-your-bills.md</c>, each under load.</summary>
public sealed class BringYourBillsTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_biller_who_calls_the_functions_and_the_worker_never_wait_for_each_other_in_a_circle()
    {
        var roles = await Box.UseRolesAsync();
        await using var biller = new Biller(roles.ConnectionString(Roles.Biller));
        for (var bill = 1; bill <= BillerTraffic.Bills; bill++)
        {
            await biller.PutAsync(bill);
        }

        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Worker);
        await new BillerTraffic(Box, roles)
        {
            PayAsync = (bill, paymentRef, cents) => biller.PayAsync(bill, paymentRef, cents),
            RenameAsync = (bill, name) => biller.PutAsync(bill, name: name),
        }.RunAsync();
    }
}
