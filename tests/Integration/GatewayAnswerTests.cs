using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>A caller of <c>POST /reversal</c> is told what was decided about its own request.</summary>
public sealed class GatewayAnswerTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task The_specifications_example_is_carried_out_and_answered_in_the_specifications_form()
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "1234567890", 10_000);
        await Box.StartWorkerAsync();
        var gateway = await HostedGateway.StartAsync(Box);

        Caller.Sign(Caller.Base).ShouldBe("28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867");
        var told = (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");

        told.Json.GetProperty("message").GetString().ShouldBe("success");
        told.Data.GetProperty("status").GetString().ShouldBe("active");
        told.Data.GetProperty("paid_amount").GetInt32().ShouldBe(0);
        told.IsReplay.ShouldBeFalse();
        var heard = (await Box.Tap.HearAsync(1))[0];
        told.Text.ShouldStartWith(System.Text.Encoding.UTF8.GetString(heard.Body)[..120]);
    }
}
