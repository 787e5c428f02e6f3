using Microsoft.AspNetCore.Http;
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
    public void It_answers_only_to_its_own_names(string host, bool answered)
    {
        var guard = new PageSecurity(new() { Port = 8090, Hosts = ["ops.example.com"] });

        (guard.Refuse(Get(host)) is null).ShouldBe(answered);
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
    public void A_forms_hidden_field_fits_its_path_its_person_and_its_process_alone()
    {
        var options = Acting with { OperatorHeader = "X-User" };
        var guard = new PageSecurity(options);
        var token = guard.Token(Get("localhost", ("X-User", "siti")), "/quarantine/1/replay");

        Fits(guard, "siti", "/quarantine/1/replay", token).ShouldBeTrue();
        Fits(guard, "budi", "/quarantine/1/replay", token).ShouldBeFalse();
        Fits(guard, "siti", "/quarantine/2/replay", token).ShouldBeFalse();
        Fits(guard, "siti", "/quarantine/1/replay", "").ShouldBeFalse();
        Fits(new PageSecurity(options), "siti", "/quarantine/1/replay", token).ShouldBeFalse();
    }

    static bool Fits(PageSecurity guard, string who, string path, string token)
    {
        var request = Get("localhost", ("X-User", who));
        request.Path = path;
        return guard.HasToken(
            request,
            new FormCollection(new(StringComparer.Ordinal) { [PageSecurity.TokenField] = token }));
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
}
