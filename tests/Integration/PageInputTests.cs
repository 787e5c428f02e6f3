namespace Reversals.Tests.Integration;

/// <summary>What nobody means to ask the page for is refused with a sentence, by the page itself.</summary>
public sealed class PageInputTests(Servers servers) : ServerTest(servers)
{
    static readonly string[] Unreadable =
    [
        "%00", "a%00b", "%0a", "%ed%a0%80", "%ff", "%c0%80", "%e2%80%ae", "%f3%a0%81%81", "%ef%bf%bd",
        new('x', 129), new('9', 5_000),
    ];

    readonly HttpClient _http = new();

    [Fact]
    public async Task A_parameter_that_no_field_can_hold_is_refused_on_every_page()
    {
        await Box.StartPageAsync();
        List<string> wrong = [];
        foreach (var page in (string[])
        [
            "/show?reference=", "/quarantine?cause=", "/quarantine?before=", "/quarantine?all=", "/?refresh=",
            "/quarantine?cause=SIGNATURE_INVALID&before=", "/audit?other=", "/?",
        ])
        {
            foreach (var value in Unreadable)
            {
                await KeepUnlessRefusedAsync(wrong, page + value);
            }
        }

        wrong.ShouldBeEmpty();
        LogCapture.Text.ShouldNotContain("PageFailed");
    }

    [Theory]
    [Each(
        "/quarantine?before=x", "/quarantine?before=-1", "/quarantine?before=1e3",
        "/quarantine?before=99999999999999999999", "/quarantine/x", "/quarantine/-1",
        "/quarantine/99999999999999999999", "/quarantine/%ff", "/show?reference=", "/show?reference=%20",
        "/show", "/show?reference=a&reference=b")]
    public async Task What_is_no_number_or_no_reference_is_refused(string path)
    {
        await Box.StartPageAsync();
        List<string> wrong = [];
        await KeepUnlessRefusedAsync(wrong, path);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_form_with_what_no_field_can_hold_is_refused_and_changes_nothing()
    {
        await Box.StartPageAsync();
        await Box.QuarantineOneAsync();
        var id = await Box.Books.NumberAsync("SELECT id FROM reversals.quarantine");
        foreach (var note in (string[])["a\0b", "two\nlines", "\u202ex", new('x', 1_001)])
        {
            (await PostAsync($"/quarantine/{id}/discard", ("note", note))).ShouldBe(HttpStatusCode.BadRequest);
            (await PostAsync("/quarantine/replay", ("note", "x"), ("cause", note), ("limit", "1")))
                .ShouldBe(HttpStatusCode.BadRequest);
        }

        foreach (var limit in (string[])["", "x", "0", "-1", " 1", "1001", "99999999999999999999"])
        {
            (await PostAsync(
                "/quarantine/replay", ("note", "x"), ("cause", "SIGNATURE_MISSING"), ("limit", limit)))
                .ShouldBe(HttpStatusCode.BadRequest, limit);
        }

        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
        (await PostAsync($"/quarantine/{id}/discard", ("note", "Jl. Sudirman – ünï 😀")))
            .ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_can_be_meant_is_looked_for()
    {
        await Box.StartPageAsync();
        foreach (var reference in (string[])["INV%2F01", "100%25", "ünï", "%F0%9F%98%80", "a+b", "'--", "%"])
        {
            using var answer = await _http.GetAsync(Address("/show?reference=" + reference), Stop);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, reference);
        }
    }

    async Task KeepUnlessRefusedAsync(List<string> wrong, string path)
    {
        using var answer = await _http.GetAsync(Address(path), Stop);
        var html = await answer.Content.ReadAsStringAsync(Stop);
        if (answer.StatusCode != HttpStatusCode.BadRequest || !html.Contains("class=\"notice bad\""))
        {
            wrong.Add($"{(int)answer.StatusCode} {path[..Math.Min(path.Length, 60)]}");
        }
    }

    async Task<HttpStatusCode> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var page = path.EndsWith("/replay", StringComparison.Ordinal)
            ? "/quarantine?cause=SIGNATURE_MISSING"
            : path[..path.LastIndexOf('/')];
        var html = await _http.GetStringAsync(Address(page), Stop);
        var form = html[html.IndexOf($"action=\"{path}\"", StringComparison.Ordinal)..];
        var from = form.IndexOf("value=\"", StringComparison.Ordinal) + "value=\"".Length;
        var body = string.Join('&', fields.Append(("token", form[from..form.IndexOf('"', from)]))
            .Select(field => field.Item1 + "=" + Uri.EscapeDataString(field.Item2)));
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(path))
        {
            Content = new StringContent(body),
        };
        request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        using var answer = await _http.SendAsync(request, Stop);
        return answer.StatusCode;
    }

    /// <summary>As it stands: no library is to mend it on the way.</summary>
    Uri Address(string path) => new(
        string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Box.PagePort}{path}"),
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
