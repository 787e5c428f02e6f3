using Reversals.Tests.Integration.Harness;
using Reversals.Worker;

namespace Reversals.Tests.Integration;

/// <summary>Behind a proxy stand several workers: one makes a form, another gets it.</summary>
public sealed class PageWorkersTests(Servers servers) : ServerTest(servers)
{
    readonly HttpClientHandler _browser = new() { CookieContainer = new() };
    readonly int[] _ports = [Ports.Free(), Ports.Free()];

    [Fact]
    public async Task A_form_of_one_worker_is_taken_by_another()
    {
        await StartBothAsync();
        await QuarantineAsync(2);

        (await SendAsync(await FormAsync(_ports[0], 1, "discard"), _ports[1])).ShouldBe(HttpStatusCode.OK);
        (await SendAsync(await FormAsync(_ports[1], 2, "discard"), _ports[0])).ShouldBe(HttpStatusCode.OK);

        (await Box.Books.CountAsync("reversals.quarantine WHERE resolution = 'discarded'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_form_outlives_the_worker_that_made_it()
    {
        await StartBothAsync();
        await QuarantineAsync(1);
        var form = await FormAsync(_ports[0], 1, "discard");

        await Box.StopWorkersAsync();
        await StartBothAsync();

        (await SendAsync(form, _ports[1])).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_token_of_one_form_is_none_of_another_and_none_in_another_browser()
    {
        await StartBothAsync();
        await QuarantineAsync(2);
        var (path, token) = await FormAsync(_ports[0], 1, "replay");

        (await SendAsync((path.Replace("replay", "discard"), token), _ports[1])).ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync((path.Replace('1', '2'), token), _ports[1])).ShouldBe(HttpStatusCode.Forbidden);
        using var another = new HttpClientHandler { CookieContainer = new() };
        (await SendAsync((path, token), _ports[0], another)).ShouldBe(HttpStatusCode.Forbidden);
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0);
    }

    [Fact]
    public async Task The_cookie_is_for_this_site_and_no_script_and_a_page_without_forms_sets_none()
    {
        await StartBothAsync();
        await QuarantineAsync(1);
        using var http = new HttpClient(
            new HttpClientHandler { UseCookies = false, CheckCertificateRevocationList = true });

        using var forms = await http.GetAsync(Address(_ports[0], "/quarantine/1"), Stop);
        forms.Headers.GetValues("Set-Cookie").Single().ShouldEndWith("; path=/; samesite=strict; httponly");
        using var audit = await http.GetAsync(Address(_ports[0], "/audit"), Stop);
        audit.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Theory]
    [InlineData("rebound.example.net", HttpStatusCode.MisdirectedRequest)]
    [InlineData("0.0.0.0", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:1", HttpStatusCode.OK)]
    public async Task A_name_that_is_not_the_pages_gets_a_page_that_says_so(string host, HttpStatusCode status)
    {
        await StartBothAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(_ports[0], "/quarantine"));
        request.Headers.Host = host;

        using var answer = await http.SendAsync(request, Stop);

        answer.StatusCode.ShouldBe(status);
        answer.Headers.ToString().ShouldContain("default-src 'none'; style-src 'sha256-");
        (await answer.Content.ReadAsStringAsync(Stop)).Contains("Put the name into Page:Hosts")
            .ShouldBe(status == HttpStatusCode.MisdirectedRequest);
    }

    async Task StartBothAsync()
    {
        Box.Settings["Page:Actions"] = "true";
        foreach (var port in _ports)
        {
            Box.Settings["Page:Port"] = port.ToString(CultureInfo.InvariantCulture);
            await Box.StartWorkerAsync();
        }
    }

    async Task QuarantineAsync(int count)
    {
        for (var n = 1; n <= count; n++)
        {
            await Box.Upstream.SendAsync(
                Some.Request("P1", $"request-{n}"), change: to => to.Headers!.Remove("Signature"));
        }

        await Box.Books.QuarantinedAsync(count);
    }

    async Task<(string Path, string Token)> FormAsync(int port, long id, string action)
    {
        using var http = new HttpClient(_browser, disposeHandler: false);
        var html = await http.GetStringAsync(Address(port, $"/quarantine/{id}"), Stop);
        var path = $"/quarantine/{id}/{action}";
        var form = html[html.IndexOf($"action=\"{path}\"", StringComparison.Ordinal)..];
        var from = form.IndexOf("value=\"", StringComparison.Ordinal) + "value=\"".Length;
        return (path, form[from..form.IndexOf('"', from)]);
    }

    async Task<HttpStatusCode> SendAsync(
        (string Path, string Token) form, int port, HttpClientHandler? browser = null)
    {
        using var http = new HttpClient(browser ?? _browser, disposeHandler: false);
        using var content = new FormUrlEncodedContent([new("note", "a test"), new("token", form.Token)]);
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(port, form.Path)) { Content = content };
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        using var answer = await http.SendAsync(request, Stop);
        return answer.StatusCode;
    }

    static Uri Address(int port, string path) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}"));
}
