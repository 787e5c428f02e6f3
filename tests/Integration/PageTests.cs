namespace Reversals.Tests.Integration;

/// <summary>The page for people on duty, in a real browser.</summary>
public sealed class PageTests(Servers servers, Chromium browser) : ServerTest(servers), IClassFixture<Chromium>
{
    [Fact]
    public async Task It_is_off_until_it_gets_a_port()
    {
        var worker = await Box.StartWorkerAsync();
        foreach (var path in (string[])["/", "/quarantine", "/audit", "/show?reference=x"])
        {
            (await worker.StatusOfAsync(path)).ShouldBe(HttpStatusCode.NotFound, path);
        }
    }

    [Fact]
    public async Task It_has_a_port_of_its_own_and_the_health_has_another()
    {
        var worker = await Box.StartPageAsync(acts: false);
        using var http = new HttpClient();
        (await worker.StatusOfAsync("/")).ShouldBe(HttpStatusCode.NotFound);
        (await http.GetAsync(Address("/"), Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetAsync(Address("/health/live"), Stop)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_overview_says_that_all_is_well_and_every_page_is_reached_from_it()
    {
        await Box.StartPageAsync(acts: false);
        var visitor = await browser.VisitAsync(Box.PagePort);
        // A worker tells every two seconds how it is.
        var first = await browser.VisitAsync(Box.PagePort);
        await Until.TrueAsync(
            async () =>
            {
                await first.OpenAsync("/");
                return (await first.TextAsync()).Contains("All is well", StringComparison.Ordinal);
            },
            "the overview says that all is well");

        await visitor.OpenAsync("/");
        (await visitor.TextAsync()).ShouldContain("All is well");
        (await visitor.TextsAsync(".tile dt")).ShouldBe(
            ["Requests waiting", "Events to publish", "Waiting for a payment", "In quarantine"]);
        (await visitor.TextAsync()).ShouldContain("1 worker reads");
        foreach (var name in (string[])["Quarantine", "Audit", "Overview"])
        {
            await visitor.ClickAsync(name, "nav");
            visitor.Status.ShouldBe(200);
            (await visitor.TextsAsync("h1")).ShouldBe([name]);
            (await visitor.TextsAsync("nav [aria-current=page]")).ShouldBe([name]);
        }

        visitor.Requests.Count.ShouldBe(4, "a page is one request");
        visitor.Said.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_anonymised_is_found_and_said_so_without_the_customer()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartPageAsync(acts: false);
        var answer = await Box.AskAsync(Some.Request("P1", "request-1"));
        answer.Json.GetProperty("data").GetProperty("customer_name").GetString().ShouldBe("Siti");
        await Box.Books.OutboxEmptyAsync();
        await Box.Books.RunAsync("UPDATE reversals.event SET occurred_at = now() - interval '6 years'");
        (await RunAsync("retention run --older-than 5y --yes")).ShouldEndWith(0);
        var visitor = await browser.VisitAsync(Box.PagePort);

        await visitor.OpenAsync("/show?reference=request-1");

        visitor.Status.ShouldBe(200);
        var text = await visitor.TextAsync();
        text.ShouldContain("What it said about a customer was taken out of it at");
        text.ShouldContain(answer.EventId.ToString());
        text.ShouldNotContain("Siti");
        (await Box.Books.NumberAsync(
            "SELECT count(*) FROM reversals.event WHERE convert_from(body, 'UTF8') LIKE '%Siti%'")).ShouldBe(0);
    }

    [Theory]
    [Each("request-1", "P1", "event")]
    public async Task A_search_for_any_reference_tells_the_whole_history(string reference)
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartPageAsync(acts: false);
        var answer = await Box.AskAsync(Some.Request("P1", "request-1", 4_000));
        await Box.Books.OutboxEmptyAsync();
        var visitor = await browser.VisitAsync(Box.PagePort);

        await visitor.OpenAsync("/");
        await visitor.TypeAsync(
            "#reference", reference == "event" ? answer.EventId.ToString() : reference);
        await visitor.LeaveAsync(visitor.Tab.Keyboard.PressAsync("Enter"));

        visitor.Status.ShouldBe(200);
        var text = await visitor.TextAsync();
        text.ShouldContain("IDR 10,000.00, of it reversed IDR 4,000.00");
        text.ShouldContain("partly reversed");
        (await visitor.TextsAsync(".timeline strong")).ShouldBe(["paid", "decided", "committed", "published"]);
        text.ShouldContain("PARTIALLY_REVERSED");
        text.ShouldContain(answer.EventId.ToString());
    }

    [Fact]
    public async Task What_nobody_knows_is_said_to_be_unknown_with_what_was_searched()
    {
        await Box.StartPageAsync(acts: false);
        var visitor = await browser.VisitAsync(Box.PagePort);
        await visitor.OpenAsync("/show?reference=nothing");
        visitor.Status.ShouldBe(404);
        (await visitor.TextAsync()).ShouldContain("Nothing known of nothing. Searched: payments");
    }

    [Fact]
    public async Task The_quarantine_is_grouped_by_cause_and_leads_to_each_message()
    {
        await Box.StartPageAsync(acts: false);
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"), change: Forge);
        await Box.Upstream.SendAsync(Some.Request("P2", "request-2"), change: Forge);
        await Box.Upstream.SendAsync(
            Some.Request("P3", "request-3"), change: to => to.Headers!["Client-Id"] = "stranger");
        await Box.Books.QuarantinedAsync(3);
        var visitor = await browser.VisitAsync(Box.PagePort);

        await visitor.OpenAsync("/");
        (await visitor.TextAsync()).ShouldContain("3 messages in quarantine wait for somebody's decision");
        await visitor.ClickAsync("3 messages in quarantine");
        (await visitor.TextsAsync("tbody th")).ShouldBe(["SIGNATURE_INVALID", "CLIENT_UNKNOWN"]);
        await visitor.ClickAsync("SIGNATURE_INVALID", "tbody");
        (await visitor.TextsAsync("h1")).ShouldBe(["SIGNATURE_INVALID"]);
        (await visitor.TextsAsync("tbody td:nth-child(4)")).ShouldBe(["request-2", "request-1"]);
        await visitor.ClickAsync("1", "tbody");
        (await visitor.TextsAsync("pre")).ShouldContain(
            text => text.Contains("\"reference_id\":\"request-1\"", StringComparison.Ordinal));
        await visitor.ClickAsync("request-1", "main");
        (await visitor.TextsAsync(".lead")).ShouldBe(["Not applied: quarantined for SIGNATURE_INVALID."]);
    }

    [Fact]
    public async Task A_long_list_is_read_page_by_page()
    {
        await Box.StartPageAsync(acts: false);
        await QuarantineAsync(120);
        var visitor = await browser.VisitAsync(Box.PagePort);

        await visitor.OpenAsync("/quarantine?cause=SIGNATURE_INVALID");
        (await visitor.TextsAsync("tbody td:first-child"))[^1].ShouldBe("71");
        await visitor.ClickAsync("Older");
        (await visitor.TextsAsync("tbody td:first-child"))[0].ShouldBe("70");
        await visitor.ClickAsync("Older");
        (await visitor.TextsAsync("tbody td:first-child")).Count.ShouldBe(20);
        (await visitor.TextsAsync(".pages")).ShouldBeEmpty();
    }

    [Fact]
    public async Task When_PostgreSQL_is_away_the_page_says_so_and_where_it_should_be()
    {
        var link = Box.LinkToPostgres();
        await Box.StartPageAsync(acts: false);
        var visitor = await browser.VisitAsync(Box.PagePort);
        link.Cut();

        await visitor.OpenAsync("/");

        visitor.Status.ShouldBe(503);
        (await visitor.TextAsync()).ShouldContain("PostgreSQL does not answer");
        (await visitor.TextAsync()).ShouldContain(FormattableString.Invariant($"127.0.0.1:{link.Port}"));
    }

    [Fact]
    public async Task When_RabbitMQ_is_away_the_rest_is_still_to_be_seen()
    {
        var link = Box.LinkToRabbitMq();
        await Box.StartPageAsync(acts: false);
        var visitor = await browser.VisitAsync(Box.PagePort);
        link.Cut();

        await Until.TrueAsync(
            async () =>
            {
                await visitor.OpenAsync("/");
                return (await visitor.TextAsync()).Contains("queues cannot be seen", StringComparison.Ordinal);
            },
            "the page says that RabbitMQ is away");

        visitor.Status.ShouldBe(200);
        (await visitor.TextsAsync("h2")).ShouldContain("Outbox");
    }

    /// <summary>The worker's own role cannot read the quarantine; the page signs in as people on duty do.</summary>
    [Fact]
    public async Task It_needs_no_more_rights_than_people_on_duty_have()
    {
        var roles = await Box.UseRolesAsync();
        Box.Settings["Page:Postgres"] = roles.ConnectionString(Roles.Operator);
        await Box.StartPageAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"), change: Forge);
        await Box.Books.QuarantinedAsync(1);
        var visitor = await browser.VisitAsync(Box.PagePort);

        foreach (var path in (string[])
            ["/", "/quarantine", "/quarantine/1", "/show?reference=request-1", "/audit"])
        {
            await visitor.OpenAsync(path);
            visitor.Status.ShouldBe(200, await visitor.TextAsync());
        }

        await visitor.OpenAsync("/quarantine/1");
        await visitor.TypeAsync("#discard-note", "a stranger");
        await visitor.ClickAsync("Discard", "main");
        (await visitor.TextAsync()).ShouldContain("Message 1 is discarded");
    }

    static void Forge(RabbitMQ.Client.BasicProperties to) =>
        to.Headers![Wire.SignatureHeader] = new string('0', 64);

    Uri Address(string path) => new($"http://127.0.0.1:{Box.PagePort}{path}");

    Task QuarantineAsync(int count) => Box.Books.RunAsync(
        """
        INSERT INTO reversals.quarantine (cause, detail, client_id, headers, body, received_at)
        SELECT 'SIGNATURE_INVALID', 'not the signature of this body', 'acme', '{}',
            convert_to('{"payment_ref": "P' || n || '"}', 'UTF8'), now()
        FROM generate_series(1, @count) n
        """,
        new { count });
}
