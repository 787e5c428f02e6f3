using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Reversals.Operations.Page;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Unit;

/// <summary>What untrusted senders sent stays text on the page.</summary>
public sealed class PageHtmlTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("' onmouseover='alert(1)")]
    [InlineData("</style><svg/onload=alert(1)>")]
    [InlineData("&lt;b&gt;")]
    [InlineData("`${alert(1)}`")]
    public async Task What_is_put_into_it_cannot_become_markup(string hostile)
    {
        var html = await RenderAsync<Link>(("Text", hostile));

        var inside = html["<a title=\"".Length..^"</a>".Length].Split("\">");
        inside.Length.ShouldBe(2);
        string.Concat(inside).ShouldNotMatch("[<>\"']");
        inside.ShouldAllBe(text => System.Net.WebUtility.HtmlDecode(text) == hostile);
    }

    [Theory]
    [InlineData("abc\u202Etxt.exe", @"abc\u202etxt.exe")]
    [InlineData("a\0b\u001B[2J", @"a\u0000b\u001b[2J")]
    [InlineData("zero\u200Bwidth", @"zero\u200bwidth")]
    [InlineData("two\nlines\tand a tab", "two\nlines\tand a tab")]
    [InlineData("Jl. Sudirman – Ünïcödé 😀", "Jl. Sudirman – Ünïcödé 😀")]
    public async Task Characters_that_hide_or_turn_the_text_are_shown_as_their_codes(string sent, string seen)
    {
        var html = await RenderAsync<Link>(("Text", sent));

        html.ShouldNotContain("\u202E");
        System.Net.WebUtility.HtmlDecode(html).ShouldBe($"<a title=\"{seen}\">{seen}</a>");
    }

    [Fact]
    public async Task A_chart_says_what_it_shows_and_draws_within_its_frame()
    {
        var chart = await ChartAsync("Reversed: 2/s now", 0, 4, 2);

        chart.ShouldContain("aria-label=\"Reversed: 2/s now\"");
        chart.ShouldContain("points=\"0,42.5 120,1.5 240,22\"");
        (await ChartAsync("Nothing yet", 1)).ShouldNotContain("<svg");
        (await ChartAsync("All zero", 0, 0)).ShouldContain("points=\"0,42.5 240,42.5\"");
    }

    static Task<string> ChartAsync(string description, params double[] points) =>
        RenderAsync<Chart>((nameof(Chart.Description), description), (nameof(Chart.Points), points));

    static async Task<string> RenderAsync<T>(params (string Name, object? Value)[] parameters)
        where T : IComponent, new()
    {
        await using var services = PageServices.Build(new(), null!);
        return await PageRenderer.RenderAsync(
            services, typeof(T),
            parameters.ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal));
    }

    /// <summary>As Razor would make it of <c>&lt;a title="@Text"&gt;@Text&lt;/a&gt;</c>.</summary>
    sealed class Link : ComponentBase
    {
        [Parameter]
        public string Text { get; set; } = "";

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.OpenElement(0, "a");
            builder.AddAttribute(1, "title", Text);
            builder.AddContent(2, Text);
            builder.CloseElement();
        }
    }
}
