using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using Reversals.Operations.Page;
using Reversals.Processing.Configuration;

namespace Reversals.Tests.Unit;

/// <summary>Who gets an answer from the page.</summary>
public sealed class PageGuardTests
{
    static readonly PageOptions Acting = new() { Port = 8090, Actions = true };

    [Theory]
    [InlineData("localhost:8090", true)]
    [InlineData("127.0.0.1:8090", true)]
    [InlineData("[::1]:8090", true)]
    [InlineData("ops.example.com", true)]
    [InlineData("OPS.example.com:443", true)]
    [InlineData("rebound.example.net:8090", false)]
    [InlineData("10.0.0.7:8090", false)]
    [InlineData("", false)]
    public async Task It_answers_only_to_its_own_names(string host, bool answered)
    {
        (await StatusAsync(host, new() { Port = 8090, Hosts = ["ops.example.com"] })).ShouldBe(
            answered ? 404 : 421);
    }

    /// <summary>To the framework's host filter each of these would mean every name.</summary>
    [Theory]
    [InlineData("0.0.0.0", "ops.example.com")]
    [InlineData("::", "ops.example.com")]
    [InlineData("10.0.0.7", "*")]
    [InlineData("10.0.0.7", "0.0.0.0")]
    [InlineData("10.0.0.7", "[::]")]
    [InlineData("10.0.0.7", "[0::0]")]
    [InlineData("10.0.0.7", "*.example.net")]
    public async Task No_name_means_every_name(string address, string host)
    {
        var options = new PageOptions { Port = 8090, Address = address, Hosts = [host] };

        (await StatusAsync("rebound.example.net", options)).ShouldBe(421);
        (await StatusAsync("localhost", options)).ShouldBe(404);
    }

    [Theory]
    [InlineData("fd00::7", "[fd00::7]:8090")]
    [InlineData("10.0.0.7", "10.0.0.7:8090")]
    public async Task It_answers_to_the_address_it_listens_on(string address, string host)
    {
        (await StatusAsync(host, new() { Port = 8090, Address = address })).ShouldBe(404);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("none", "navigate", true)]
    [InlineData("same-origin", "navigate", true)]
    [InlineData("cross-site", "navigate", true)]
    [InlineData("cross-site", "no-cors", false)]
    [InlineData("same-site", "cors", false)]
    public void Other_websites_may_link_to_it_and_not_load_it(string site, string mode, bool answered)
    {
        var request = Get("localhost", ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode));

        (new PageSecurity(Acting).Refuse(request) is null).ShouldBe(answered);
    }

    [Theory]
    [InlineData("same-origin", true)]
    [InlineData("same-site", false)]
    [InlineData("cross-site", false)]
    [InlineData("none", false)]
    [InlineData("", false)]
    public void A_form_must_come_from_the_page_itself(string site, bool answered)
    {
        (new PageSecurity(Acting).Refuse(Post(site)) is null).ShouldBe(answered);
    }

    [Fact]
    public void Without_actions_no_form_is_taken()
    {
        new PageSecurity(new() { Port = 8090 }).Refuse(Post("same-origin"))!.Why.ShouldContain("Page:Actions");
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    public void Other_methods_are_not_understood(string method)
    {
        var request = Get("localhost");
        request.Method = method;

        new PageSecurity(Acting).Refuse(request)!.Status.ShouldBe(405);
    }

    [Theory]
    [InlineData("siti@example.com", "siti@example.com")]
    [InlineData("  budi  ", "budi")]
    [InlineData("", null)]
    [InlineData("a\nb", null)]
    public void Behind_a_proxy_it_is_the_proxy_that_says_who_asks(string value, string? name)
    {
        var guard = new PageSecurity(Acting with { OperatorHeader = "X-User" });
        var request = Get("localhost", ("X-User", value));

        guard.Operator(request).ShouldBe(name);
        (guard.Refuse(request) is null).ShouldBe(name is not null);
    }

    [Fact]
    public void Nobody_is_two_people_and_without_a_proxy_everybody_is_page()
    {
        var guard = new PageSecurity(Acting with { OperatorHeader = "X-User" });
        var request = Get("localhost");
        request.Headers["X-User"] = new StringValues(["a", "b"]);

        guard.Operator(request).ShouldBeNull();
        new PageSecurity(Acting).Operator(Get("localhost", ("X-User", "siti"))).ShouldBe("page");
    }

    [Fact]
    public async Task A_forms_hidden_field_fits_its_path_its_person_and_its_browser_alone()
    {
        var keys = new KeyRing();
        var (token, cookie) = FormOf(keys, "siti", "/quarantine/1/replay");
        var (_, elsewhere) = FormOf(keys, "siti", "/quarantine/1/replay");

        (await FitsAsync(keys, "siti", "/quarantine/1/replay", token, cookie)).ShouldBeTrue();
        (await FitsAsync(keys, "budi", "/quarantine/1/replay", token, cookie)).ShouldBeFalse();
        (await FitsAsync(keys, null, "/quarantine/1/replay", token, cookie)).ShouldBeFalse();
        (await FitsAsync(keys, "siti", "/quarantine/2/replay", token, cookie)).ShouldBeFalse();
        (await FitsAsync(keys, "siti", "/quarantine/1/discard", token, cookie)).ShouldBeFalse();
        (await FitsAsync(keys, "siti", "/quarantine/1/replay", "", cookie)).ShouldBeFalse();
        (await FitsAsync(keys, "siti", "/quarantine/1/replay", token, "")).ShouldBeFalse();
        (await FitsAsync(keys, "siti", "/quarantine/1/replay", token, elsewhere)).ShouldBeFalse();
        (await FitsAsync(new KeyRing(), "siti", "/quarantine/1/replay", token, cookie)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_in_a_header_is_none()
    {
        var keys = new KeyRing();
        var (token, cookie) = FormOf(keys, "siti", "/quarantine/1/replay");
        var context = FormRequest("siti", "/quarantine/1/replay", "", cookie);
        context.Request.Headers["RequestVerificationToken"] = token;

        (await FormTokensOf(keys).FitsAsync(context)).ShouldBeFalse();
    }

    [Fact]
    public async Task Each_form_of_a_page_has_a_token_of_its_own_and_all_go_with_one_cookie()
    {
        var keys = new KeyRing();
        var context = new DefaultHttpContext { User = FormTokens.Principal("siti") };
        var tokens = FormTokensOf(keys);

        var replay = tokens.Of(context, "/quarantine/1/replay");
        var discard = tokens.Of(context, "/quarantine/1/discard");

        var cookie = CookieOf(context);
        (await FitsAsync(keys, "siti", "/quarantine/1/replay", replay, cookie)).ShouldBeTrue();
        (await FitsAsync(keys, "siti", "/quarantine/1/discard", discard, cookie)).ShouldBeTrue();
        (await FitsAsync(keys, "siti", "/quarantine/1/discard", replay, cookie)).ShouldBeFalse();
        context.Response.Headers.SetCookie.ToString().ShouldContain("samesite=strict; httponly");
    }

    static async Task<int> StatusAsync(string host, PageOptions page)
    {
        var options = Settings.Read() with { Page = page };
        await using var services = new OperatorServices(
            new LiveSettings<WorkerOptions>(options), TimeProvider.System, NullLoggerFactory.Instance);
        await using var endpoints = new PageEndpoints(
            options, services, TimeProvider.System, NullLogger<PageEndpoints>.Instance);
        await using var container = new ServiceCollection().BuildServiceProvider();
        var app = new ApplicationBuilder(container);
        PageHost.Answer(app, endpoints);
        var context = Get(host).HttpContext;
        context.Request.Path = "/nowhere";

        await app.Build()(context);

        return context.Response.StatusCode;
    }

    static FormTokens FormTokensOf(KeyRing keys) =>
        PageServices.Build(Acting, keys).GetRequiredService<FormTokens>();

    static (string Token, string Cookie) FormOf(KeyRing keys, string who, string path)
    {
        var context = new DefaultHttpContext { User = FormTokens.Principal(who) };
        return (FormTokensOf(keys).Of(context, path), CookieOf(context));
    }

    static string CookieOf(DefaultHttpContext context) =>
        context.Response.Headers.SetCookie.Single()!.Split(';')[0][(FormTokens.Cookie.Length + 1)..];

    static Task<bool> FitsAsync(KeyRing keys, string? who, string path, string token, string cookie) =>
        FormTokensOf(keys).FitsAsync(FormRequest(who, path, token, cookie));

    static DefaultHttpContext FormRequest(string? who, string path, string token, string cookie)
    {
        var context = new DefaultHttpContext { User = FormTokens.Principal(who) };
        (context.Request.Method, context.Request.Path) = ("POST", path);
        context.Request.ContentType = "application/x-www-form-urlencoded";
        context.Request.Headers.Cookie = $"{FormTokens.Cookie}={cookie}";
        context.Request.Form = new FormCollection(
            new(StringComparer.Ordinal) { [FormTokens.Field] = token });
        return context;
    }

    static HttpRequest Get(string host, params (string Name, string Value)[] headers)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Host) = ("GET", new HostString(host));
        foreach (var (name, value) in headers.Where(header => header.Value.Length > 0))
        {
            request.Headers[name] = value;
        }

        return request;
    }

    static HttpRequest Post(string site)
    {
        var request = Get("localhost", ("Sec-Fetch-Site", site));
        (request.Method, request.ContentType) = ("POST", "application/x-www-form-urlencoded");
        return request;
    }

    /// <summary>The keys of one installation.</summary>
    sealed class KeyRing : IXmlRepository
    {
        readonly List<XElement> _keys = [];

        public IReadOnlyCollection<XElement> GetAllElements() => [.. _keys];

        public void StoreElement(XElement element, string friendlyName) => _keys.Add(element);
    }
}
