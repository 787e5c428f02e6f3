using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Reversals.AppHost;

namespace Reversals.Tests.AppHost;

/// <summary>
/// What `make dev` starts, started; it needs a container engine. `tests/platform.sh apphost-live` brings one,
/// and sees what is left of the containers in the end.
/// </summary>
public sealed class LiveTests(LiveHost host) : IClassFixture<LiveHost>
{
    public static TheoryData<string> Pressed => [.. Buttons.All.Select(button => button.Name)];

    [Fact]
    public async Task A_signed_request_about_an_unknown_payment_is_answered() =>
        (await host.AskAsync("""{"payment_ref":"nobody-paid","amount":10,"reference_id":"live-1"}"""))
            .ShouldStartWith("""{"rc":"BILLER_PAYMENT_NOT_FOUND",""");

    [Fact]
    public async Task The_demo_completes_once_it_is_started()
    {
        var start = await host.PressAsync("demo", KnownResourceCommands.StartCommand);
        start.Success.ShouldBeTrue(start.Message);
        (await host.EndOfAsync("demo")).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Pressed))]
    public async Task A_button_succeeds(string button)
    {
        var pressed = await host.PressAsync("worker", button);
        pressed.Success.ShouldBeTrue(pressed.Message);
    }

    [Fact]
    public async Task The_operator_page_is_where_the_dashboard_links_to()
    {
        using var page = host.Application.CreateHttpClient("worker", "page");
        var stop = TestContext.Current.CancellationToken;
        var text = await page.GetStringAsync(new Uri("/", UriKind.Relative), stop);
        text.ShouldContain(" – Reversals</title>");
    }
}
