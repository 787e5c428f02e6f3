namespace Reversals.Tests.Integration;

/// <summary>What people do from the page, and what nobody can do through it.</summary>
public sealed class PageActionTests(Servers servers, Chromium browser)
    : ServerTest(servers), IClassFixture<Chromium>
{
    const string RightKey = "right-api-key";

    [Fact]
    public async Task A_replay_by_cause_brings_the_messages_back_and_stands_in_the_audit()
    {
        await Box.Books.ManyAsync(3);
        await Box.StartPageAsync();
        foreach (var n in (int[])[1, 2, 3])
        {
            await SendAsync(Some.Request($"P{n}", $"request-{n}"), RightKey);
        }

        await Box.Books.QuarantinedAsync(3);
        await Box.RestartWithKeyAsync(RightKey);
        var visitor = await browser.VisitAsync(Box.PagePort);

        await visitor.OpenAsync("/quarantine?cause=SIGNATURE_INVALID");
        await visitor.TypeAsync("#note", "the key was configured wrongly");
        await visitor.ClickAsync("Check only");
        (await visitor.TextAsync()).ShouldContain("Only checked: 3 messages would be sent, 0 would not.");
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(0);

        await visitor.OpenAsync("/quarantine?cause=SIGNATURE_INVALID");
        await visitor.TypeAsync("#note", "the key was configured wrongly");
        await visitor.ClickAsync("Replay", "main form");
        (await visitor.TextAsync()).ShouldContain("3 messages were sent to the worker again, 0 left as they are.");
        (await Box.Tap.HearAsync(3)).ShouldAllBe(heard => heard.Reason == "REVERSED");

        await visitor.ClickAsync("Audit", "nav");
        var row = string.Join('|', await visitor.TextsAsync("tbody td"));
        row.ShouldContain("|page|quarantine replay ");
        row.ShouldEndWith("|3|the key was configured wrongly");
        await visitor.OpenAsync("/");
        (await visitor.TextAsync()).ShouldContain("All is well");
    }

    [Fact]
    public async Task A_replay_of_one_message_sends_that_one_and_says_when_there_is_nothing_to_send()
    {
        await Box.Books.ManyAsync(2);
        await Box.StartPageAsync();
        await SendAsync(Some.Request("P1", "request-1"), RightKey);
        await SendAsync(Some.Request("P2", "request-2"), "nobody's-key");
        await Box.Books.QuarantinedAsync(2);
        await Box.RestartWithKeyAsync(RightKey);
        var visitor = await browser.VisitAsync(Box.PagePort);
        var id = await Box.Books.NumberAsync(
            "SELECT id FROM reversals.quarantine WHERE reference_id = 'request-1'");

        await ReplayAsync(visitor, id);
        (await visitor.TextAsync()).ShouldContain("1 message was sent to the worker again");
        (await Box.Tap.HearAsync(1))[0].ReferenceId.ShouldBe("request-1");
        await visitor.OpenAsync($"/quarantine/{Text(id)}");
        (await visitor.TextAsync()).ShouldContain("replayed");
        (await visitor.TextsAsync("main form")).ShouldBeEmpty();

        await ReplayAsync(visitor, 3 - id);
        (await visitor.TextAsync()).ShouldContain("it would be refused again");
        (await Box.Books.NumberAsync("SELECT count FROM reversals.operator_action")).ShouldBe(1);
    }

    [Fact]
    public async Task A_discard_needs_a_reason_keeps_the_row_and_names_who_did_it()
    {
        Box.Settings["Page:OperatorHeader"] = "X-Forwarded-User";
        await Box.StartPageAsync();
        await SendAsync(Some.Request("P1", "request-1"), "nobody's-key");
        await Box.Books.QuarantinedAsync(1);
        var visitor = await browser.VisitAsync(Box.PagePort);
        await visitor.OpenAsync("/");
        visitor.Status.ShouldBe(403, "nobody is signed in");
        await visitor.Tab.SetExtraHttpHeadersAsync(
            new(StringComparer.Ordinal) { ["X-Forwarded-User"] = "siti@example.com" });

        await visitor.OpenAsync("/quarantine/1");
        // The browser itself asks for the reason; what it lets through is refused by the page.
        await visitor.TypeAsync("#discard-note", "   ");
        await visitor.ClickAsync("Discard", "main");
        visitor.Status.ShouldBe(400);
        (await visitor.TextAsync()).ShouldContain("Say why");
        await visitor.OpenAsync("/quarantine/1");
        await visitor.TypeAsync("#discard-note", "a test of theirs");
        await visitor.ClickAsync("Discard", "main");

        (await visitor.TextAsync()).ShouldContain("Message 1 is discarded; it stays stored.");
        (await Box.Books.TextAsync(
            "SELECT operator || ': ' || verb || ', ' || target || ', ' || note FROM reversals.operator_action"))
            .ShouldBe("siti@example.com: quarantine discard, ids 1, a test of theirs");
        (await Box.Books.TextAsync("SELECT resolution FROM reversals.quarantine")).ShouldBe("discarded");
        await visitor.OpenAsync("/quarantine");
        (await visitor.TextAsync()).ShouldContain("Nothing waits for a decision.");
        await visitor.ClickAsync("Also those dealt with");
        (await visitor.TextsAsync(".tag")).ShouldBe(["discarded"]);
    }

    [Theory]
    [Each("localhost", "127.0.0.1")]
    public async Task A_form_on_another_website_does_nothing(string host)
    {
        await Box.StartPageAsync();
        await SendAsync(Some.Request("P1", "request-1"), "nobody's-key");
        await Box.Books.QuarantinedAsync(1);
        var elsewhere = Ports.Free();
        var website = new HttpListener();
        website.Prefixes.Add($"http://{host}:{Text(elsewhere)}/");
        website.Start();
        var answering = AnswerAsync(
            website,
            $"""
            <form method="post" action="http://127.0.0.1:{Text(Box.PagePort)}/quarantine/1/discard">
            <input name="note" value="x"><input name="token" value="x"><button>Win a prize</button></form>
            """);
        var visitor = await browser.VisitAsync(elsewhere);
        await visitor.Tab.GoToAsync($"http://{host}:{Text(elsewhere)}/");
        await answering;

        await visitor.ClickAsync("Win a prize");

        visitor.Status.ShouldBe(403);
        (await visitor.TextAsync()).ShouldContain("This did not come from a form of this page.");
        await NothingIsDoneAsync();
    }

    [Fact]
    public async Task A_program_without_the_pages_hidden_field_does_nothing()
    {
        await Box.StartPageAsync();
        await SendAsync(Some.Request("P1", "request-1"), "nobody's-key");
        await Box.Books.QuarantinedAsync(1);

        (await PostAsync("/quarantine/1/discard", site: "same-origin")).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync("/quarantine/1/discard", site: null)).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync("/quarantine/1/discard", "same-origin", new string('x', 20_000)))
            .ShouldBe(HttpStatusCode.BadRequest);
        await NothingIsDoneAsync();
    }

    [Fact]
    public async Task Without_actions_it_shows_only()
    {
        await Box.StartPageAsync(acts: false);
        await SendAsync(Some.Request("P1", "request-1"), "nobody's-key");
        await Box.Books.QuarantinedAsync(1);
        var visitor = await browser.VisitAsync(Box.PagePort);

        foreach (var path in (string[])["/quarantine/1", "/quarantine?cause=SIGNATURE_INVALID"])
        {
            await visitor.OpenAsync(path);
            visitor.Status.ShouldBe(200);
            (await visitor.TextsAsync("main form")).ShouldBeEmpty();
            (await visitor.TextAsync()).ShouldContain("Read-only");
        }

        (await PostAsync("/quarantine/1/discard", site: "same-origin")).ShouldBe(HttpStatusCode.Forbidden);
        await NothingIsDoneAsync();
    }

    async Task NothingIsDoneAsync()
    {
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
        (await Box.Books.NumberAsync("SELECT count(*) FROM reversals.quarantine WHERE resolution IS NULL"))
            .ShouldBe(1);
    }

    static async Task ReplayAsync(Visitor visitor, long id)
    {
        await visitor.OpenAsync($"/quarantine/{Text(id)}");
        await visitor.TypeAsync("#replay-note", "try again");
        await visitor.ClickAsync("Replay", "main");
    }

    async Task<HttpStatusCode> PostAsync(string path, string? site, string note = "x")
    {
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent([new("note", note), new("token", "x")]);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{Text(Box.PagePort)}{path}");
        request.Content = form;
        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        using var answer = await http.SendAsync(request, Stop);
        return answer.StatusCode;
    }

    /// <summary>Answers once, and is gone.</summary>
    static async Task AnswerAsync(HttpListener listening, string html)
    {
        using var website = listening;
        var context = await website.GetContextAsync();
        context.Response.ContentType = "text/html";
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(html), Stop);
        context.Response.Close();
    }

    Task SendAsync(string body, string key) => Box.Upstream.SendAsync(
        body, change: to => to.Headers![Wire.SignatureHeader] = Signature.Compute(Some.Utf8(body), key));

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
