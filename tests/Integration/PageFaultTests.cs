using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;
using Reversals.Worker;

namespace Reversals.Tests.Integration;

/// <summary>What the page once showed wrong.</summary>
public sealed class PageFaultTests(Servers servers, Chromium browser)
    : ServerTest(servers), IClassFixture<Chromium>
{
    readonly int _port = Ports.Free();

    [Fact]
    public async Task A_rejection_is_not_green_and_names_the_request_that_took_the_payment()
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P1", 10_000);
        await StartAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Request("P1", "request-2"));
        await Box.Books.OutboxEmptyAsync();
        var visitor = await browser.VisitAsync(_port);

        await visitor.OpenAsync("/show?reference=request-2");

        (await visitor.TextsAsync(".timeline .good")).ShouldBeEmpty();
        (await visitor.TextsAsync(".timeline .tag.bad")).ShouldBe(
            ["ALREADY_REVERSED", "ALREADY_REVERSED", "ALREADY_REVERSED"]);
        (await visitor.TextsAsync(".timeline li"))[0].ShouldContain("Request request-1 took 10000.00 of it");
        (await visitor.TextsAsync(".lead"))[0].ShouldContain("Request request-1 took");
        await visitor.OpenAsync("/show?reference=request-1");
        (await visitor.TextsAsync(".timeline li.good strong")).ShouldBe(["committed", "published"]);
    }

    [Fact]
    public async Task A_conflict_names_the_payment_that_the_key_was_used_for()
    {
        await Box.Books.ManyAsync(2);
        await StartAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Request("P2", "request-1"));
        var visitor = await browser.VisitAsync(_port);

        await visitor.OpenAsync("/show?reference=P2");

        (await visitor.TextAsync()).ShouldContain("IDEMPOTENCY_CONFLICT");
        (await visitor.TextAsync()).ShouldMatch(@"The first took [\d.]+ of payment P1 at");
    }

    [Fact]
    public async Task What_the_full_quarantine_did_not_keep_is_counted_on_the_page()
    {
        await StartAsync();
        var visitor = await browser.VisitAsync(_port);
        foreach (var path in (string[])["/", "/quarantine"])
        {
            await visitor.OpenAsync(path);
            (await visitor.TextAsync()).ShouldNotContain("did not keep");
        }

        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.quarantine_dropped (client, cause, count, bytes, first_at, last_at)
            VALUES ('', 'SIGNATURE_MISSING', 1200, 3072, now(), now()), ('', 'CLIENT_UNKNOWN', 34, 0, now(), now())
            """);

        foreach (var path in (string[])["/", "/quarantine"])
        {
            await visitor.OpenAsync(path);
            (await visitor.TextAsync()).ShouldContain(
                "The full quarantine did not keep 1,234 unsigned messages (3 KiB), the last 0 s ago.");
        }
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    [InlineData(320)]
    public async Task Codes_stay_whole_and_their_underscores_are_seen(int width)
    {
        await StartAsync();
        await Box.Upstream.SendAsync(
            Some.Request("P1", "request_1"), change: to => to.Headers![Wire.SignatureHeader] = new string('0', 64));
        await Box.Upstream.SendAsync(
            Some.Request("P1", new string('w', 64)), change: to => to.Headers!.Remove("Signature"));
        await Box.Books.QuarantinedAsync(2);
        var visitor = await browser.VisitAsync(_port, width);

        foreach (var path in (string[])
            ["/", "/quarantine", "/quarantine/1", "/show?reference=request_1"])
        {
            await visitor.OpenAsync(path);
            (await visitor.Tab.EvaluateFunctionAsync<string[]>(Broken)).ShouldBeEmpty(path);
            (await visitor.Tab.EvaluateFunctionAsync<string[]>(Underlined)).ShouldBeEmpty(path);
            (await visitor.Tab.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"))
                .ShouldBeLessThanOrEqualTo(width, path);
        }
    }

    /// <summary>Codes such as SIGNATURE_INVALID of which the browser makes two lines.</summary>
    const string Broken =
        """
        () => [...document.querySelectorAll('.code, .tag, h1')]
            .filter(one => /^[A-Z]+(_[A-Z]+)+$/.test(one.innerText.trim()))
            .filter(one => {
                const text = document.createRange();
                text.selectNodeContents(one);
                return new Set([...text.getClientRects()].map(line => Math.round(line.top))).size > 1;
            })
            .map(one => one.outerHTML.slice(0, 100))
        """;

    /// <summary>Links whose line is where the underscores are: a quarter of the letters' size at least below.</summary>
    const string Underlined =
        """
        () => [...document.querySelectorAll('main a')]
            .filter(one => one.innerText.includes('_'))
            .filter(one => {
                const style = getComputedStyle(one);
                return !(parseFloat(style.textUnderlineOffset) >= 0.25 * parseFloat(style.fontSize));
            })
            .map(one => one.outerHTML.slice(0, 100))
        """;

    Task<HostedWorker> StartAsync()
    {
        Box.Settings["Page:Port"] = _port.ToString(CultureInfo.InvariantCulture);
        return Box.StartWorkerAsync();
    }
}
