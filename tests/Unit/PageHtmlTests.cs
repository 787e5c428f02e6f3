using Reversals.Operations.Page;

namespace Reversals.Tests.Unit;

/// <summary>What strangers sent stays text on the page.</summary>
public sealed class PageHtmlTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("' onmouseover='alert(1)")]
    [InlineData("</style><svg/onload=alert(1)>")]
    [InlineData("&lt;b&gt;")]
    [InlineData("`${alert(1)}`")]
    public void What_is_put_into_it_cannot_become_markup(string hostile)
    {
        Html html = $"""<a title="{hostile}">{hostile}</a>""";

        var inside = html.ToString()["<a title=\"".Length..^"</a>".Length].Split("\">");
        inside.Length.ShouldBe(2);
        string.Concat(inside).ShouldNotMatch("[<>\"']");
        System.Net.WebUtility.HtmlDecode(inside[0]).ShouldBe(hostile);
    }

    [Fact]
    public void Html_within_html_is_taken_as_it_is_and_one_by_one()
    {
        Html Row(string name) => $"<li>{name}</li>";

        Html list = $"<ul>{new[] { "a", "<b>" }.Select(Row)}</ul>{(Html?)null}{(string?)null}{12345L}";

        list.ToString().ShouldBe("<ul><li>a</li><li>&lt;b&gt;</li></ul>12345");
    }

    [Theory]
    [InlineData("abc\u202Etxt.exe", @"abc\u202etxt.exe")]
    [InlineData("a\0b\u001B[2J", @"a\u0000b\u001b[2J")]
    [InlineData("zero\u200Bwidth", @"zero\u200bwidth")]
    [InlineData("two\nlines\tand a tab", "two\nlines\tand a tab")]
    [InlineData("Jl. Sudirman – Ünïcödé 😀", "Jl. Sudirman – Ünïcödé 😀")]
    public void Characters_that_hide_or_turn_the_text_are_shown_as_their_codes(string sent, string seen)
    {
        Html page = $"{sent}";
        System.Net.WebUtility.HtmlDecode(page.ToString()).ShouldBe(seen);
    }

    [Fact]
    public void A_chart_says_what_it_shows_and_draws_within_its_frame()
    {
        var chart = Chart.Of("Reversed: 2/s now", [0, 4, 2]).ToString();

        chart.ShouldContain("aria-label=\"Reversed: 2/s now\"");
        chart.ShouldContain("points=\"0,42.5 120,1.5 240,22\"");
        Chart.Of("Nothing yet", [1]).ToString().ShouldNotContain("<svg");
        Chart.Of("All zero", [0, 0]).ToString().ShouldContain("points=\"0,42.5 240,42.5\"");
    }
}
