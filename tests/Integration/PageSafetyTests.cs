namespace Reversals.Tests.Integration;

/// <summary>What a stranger sent stays text, what is personal stays masked, and everybody can read it.</summary>
public sealed class PageSafetyTests(Servers servers, Chromium browser)
    : ServerTest(servers), IClassFixture<Chromium>
{
    const string Script = "<script>document.title='owned';alert(1)</script>";
    const string Image = "\"><img src=x onerror=\"document.title='owned'\">";

    static readonly string[] Pages =
    [
        "/", "/quarantine", "/quarantine?all=yes", "/quarantine?cause=SIGNATURE_INVALID", "/quarantine/1",
        "/quarantine/2", "/quarantine/3", "/quarantine/4", "/audit", "/show?reference=request-1",
        "/show?reference=unknown", "/nowhere",
    ];

    [Fact]
    public async Task What_strangers_send_never_runs_and_breaks_no_page()
    {
        await Box.StartPageAsync();
        await SendForgedAsync(Script);
        await SendForgedAsync(JsonSerializer.Serialize(new { reference_id = Image }));
        await SendForgedAsync($$"""{"payment_ref":"<b>bold</b>","customer_name":"x"}""");
        await SendForgedAsync("</pre></main></style>" + Script, client: Image, header: Script);
        await Box.Books.QuarantinedAsync(4);
        await Box.Books.RunAsync(
            "INSERT INTO reversals.operator_action (operator, verb, target, count) VALUES (@s, @s, @s, 1)",
            new { s = Script });
        var visitor = await browser.VisitAsync(Box.PagePort);

        foreach (var path in (string[])
        [
            .. Pages, "/show?reference=" + Uri.EscapeDataString(Script),
            "/quarantine?cause=" + Uri.EscapeDataString(Image), "/" + Uri.EscapeDataString(Script),
        ])
        {
            await visitor.OpenAsync(path);
            (await visitor.Tab.GetTitleAsync()).ShouldEndWith("Reversals", Case.Sensitive, path);
            (await visitor.Tab.EvaluateExpressionAsync<int>(
                "document.querySelectorAll('script, img, b, iframe, [onerror]').length")).ShouldBe(0, path);
            (await visitor.TextsAsync("footer span")).Count.ShouldBe(4, path);
        }

        visitor.Said.Where(said => !said.StartsWith("Failed to load resource", StringComparison.Ordinal))
            .ShouldBeEmpty();
        var ids = "SELECT id FROM reversals.quarantine WHERE ";
        await visitor.OpenAsync($"/quarantine/{await Box.Books.NumberAsync(ids + "payment_ref LIKE '<b>%'")}");
        (await visitor.TextsAsync("dd")).ShouldContain("<b>bold</b>");
        await visitor.OpenAsync($"/quarantine/{await Box.Books.NumberAsync(ids + "client_id LIKE '%<img%'")}");
        (await visitor.TextsAsync("dd")).ShouldContain(Image);
    }

    [Fact]
    public async Task Every_answer_forbids_scripts_frames_caches_and_guesses()
    {
        await Box.StartPageAsync();
        using var http = new HttpClient();

        foreach (var path in Pages)
        {
            using var answer = await http.GetAsync(
                new Uri($"http://127.0.0.1:{Box.PagePort.ToString(CultureInfo.InvariantCulture)}{path}"), Stop);
            var headers = answer.Headers.ToString();
            headers.ShouldContain("default-src 'none'; style-src 'sha256-");
            headers.ShouldContain("frame-ancestors 'none'");
            headers.ShouldContain("Cache-Control: no-store");
            headers.ShouldContain("X-Content-Type-Options: nosniff");
            headers.ShouldContain("X-Frame-Options: DENY");
            headers.ShouldNotContain("Server:");
        }
    }

    [Fact]
    public async Task Nothing_personal_and_no_key_is_shown_whole()
    {
        const string va = "8573997654321098";
        const string token = "canary-token-4e4e";
        string[] personal = ["canary-name", "canary-mail@example.com", "+62canary-phone", "canary-street"];
        var bill = await Box.Books.PaidAsync("P1", 10_000, vaNumber: va);
        await Box.Books.RunAsync(
            """
            UPDATE billing.bill SET customer_name = @name, customer_email = @mail, customer_phone = @phone,
                customer_address = @street
            """,
            new { name = personal[0], mail = personal[1], phone = personal[2], street = personal[3] });
        await Box.StartPageAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Json(
            $"{{'payment_ref':'P1','reference_id':'request-2','virtual_account':'{va[..15]}0'}}"));
        await SendForgedAsync(Some.Json(
            $"{{'reference_id':'request-1','virtual_account':'{va}','customer_name':'{personal[0]}'," +
            $"'data':{{'customer_email':'{personal[1]}','customer_phone':'{personal[2]}'," +
            $"'customer_address':'{personal[3]}'}}}}"));
        await SendForgedAsync($"not JSON: {va}, key {Some.Key}");
        await SendForgedAsync("{}", client: Some.Key, header: Some.OtherKey);
        await SendForgedAsync("{}", header: $"va {va}");
        await Box.Upstream.SendAsync("{}", change: to =>
        {
            to.Headers!["Signature"] = "x";
            to.Headers["Authorization"] = "Bearer " + token;
        });
        await Box.Books.QuarantinedAsync(5);
        var visitor = await browser.VisitAsync(Box.PagePort);

        foreach (var path in (string[])
            [.. Pages, "/show?reference=request-2", "/show?reference=P1", "/quarantine/5"])
        {
            await visitor.OpenAsync(path);
            var html = await visitor.HtmlAsync();
            foreach (var word in (string[])[va, va[6..], token, Some.Key, Some.OtherKey, .. personal])
            {
                html.ShouldNotContain(word, Case.Insensitive, path);
            }
        }

        await visitor.OpenAsync("/quarantine/1");
        string.Concat(await visitor.TextsAsync("pre")).ShouldContain("***1098");
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task It_can_be_read_on_a_phone_in_the_dark_and_by_a_program_that_reads_aloud(
        int width, bool dark)
    {
        await Box.StartPageAsync();
        await SendForgedAsync(Some.Request("P1", "request-1"));
        await SendForgedAsync("[" + new string('1', 2_000));
        await SendForgedAsync("{}");
        await SendForgedAsync("{}", header: new string('w', 400));
        await Box.Books.QuarantinedAsync(4);
        var visitor = await browser.VisitAsync(Box.PagePort, width, dark);

        foreach (var path in Pages)
        {
            await visitor.OpenAsync(path);
            (await visitor.Tab.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"))
                .ShouldBeLessThanOrEqualTo(width, path);
            (await visitor.TextsAsync("h1")).Count.ShouldBe(1, path);
            (await visitor.Tab.EvaluateFunctionAsync<string[]>(Unnamed)).ShouldBeEmpty(path);
            (await visitor.Tab.EvaluateFunctionAsync<string[]>(Faint)).ShouldBeEmpty(path);
        }
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough()
    {
        await Box.StartPageAsync();
        var visitor = await browser.VisitAsync(Box.PagePort);
        await visitor.OpenAsync("/quarantine");
        List<string> reached = [];

        for (var step = 0; step < 7; step++)
        {
            await visitor.Tab.Keyboard.PressAsync("Tab");
            reached.Add(await visitor.Tab.EvaluateExpressionAsync<string>(
                "document.activeElement.innerText || document.activeElement.id"));
        }

        reached.ShouldBe(
            ["Skip to the content", "Reversals", "Overview", "Quarantine", "Audit", "reference", "Find"]);
    }

    /// <summary>What can be used and has no name that could be read aloud.</summary>
    const string Unnamed =
        """
        () => [...document.querySelectorAll('a, button, input:not([type=hidden]), svg[role=img], nav, form')]
            .filter(one => !(one.innerText || '').trim() && !one.ariaLabel && !(one.labels || []).length
                && !(one.tagName === 'FORM'))
            .map(one => one.outerHTML.slice(0, 100))
        """;

    /// <summary>Text whose contrast with what lies behind it is below 4.5, the least that is asked for.</summary>
    const string Faint =
        """
        () => {
            const numbers = color => color.match(/[\d.]+/g).map(Number);
            const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
                .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const behind = one => {
                for (; one; one = one.parentElement) {
                    const color = numbers(getComputedStyle(one).backgroundColor);
                    if (color.length === 3 || color[3] > 0) return color;
                }
                return [255, 255, 255];
            };
            return [...document.querySelectorAll('body *')]
                .filter(one => [...one.childNodes].some(part => part.nodeType === 3 && part.data.trim()))
                .filter(one => one.getClientRects().length && !one.closest('svg, .unseen'))
                .map(one => {
                    const [a, b] = [light(numbers(getComputedStyle(one).color)), light(behind(one))];
                    return [one, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
                })
                .filter(([, contrast]) => contrast < 4.5)
                .map(([one, contrast]) => contrast.toFixed(2) + ': ' + one.outerHTML.slice(0, 80));
        }
        """;

    Task SendForgedAsync(string body, string client = Some.Client, string? header = null) =>
        Box.Upstream.SendAsync(body, change: to =>
        {
            to.Headers![Wire.SignatureHeader] = new string('0', 64);
            to.Headers[Wire.ClientIdHeader] = client;
            to.Headers["X-Odd"] = header;
        });
}
