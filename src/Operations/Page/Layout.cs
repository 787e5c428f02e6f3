using System.Reflection;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Page;

/// <summary>What one page says; the frame puts it between head and foot.</summary>
sealed record PageModel
{
    public int Status { get; init; } = StatusCodes.Status200OK;

    public required string Title { get; init; }

    /// <summary>One sentence below the title.</summary>
    public Html? Lead { get; init; }

    /// <summary>Path of the entry of the navigation that this belongs to.</summary>
    public string? Section { get; init; }

    /// <summary>What stands in the search box.</summary>
    public string? Sought { get; init; }

    /// <summary>Seconds until the browser asks again; null: only when it is told to.</summary>
    public int? RefreshSeconds { get; init; }

    public required Html Content { get; init; }
}

/// <summary>Head, navigation, search box and foot of every page.</summary>
static class Layout
{
    static readonly string Version =
        typeof(Layout).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
            .InformationalVersion.Split('+')[0] ?? "";

    static readonly Html Sheet = Html.Trusted(Style.Sheet);

    internal static Html Around(PageModel leaf, PageOptions options, string? who, DateTime now) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {Refresh(leaf.RefreshSeconds)}
        <title>{leaf.Title} – Reversals</title>
        <link rel="icon" href="data:,">
        <style>{Sheet}</style>
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header><div>
        <a class="brand" href="/">Reversals</a>
        <nav aria-label="Pages">{Entry("/", "Overview", leaf)}{Entry("/quarantine", "Quarantine", leaf)
            }{Entry("/audit", "Audit", leaf)}</nav>
        <form action="/show" role="search">
        <label class="unseen" for="reference">Any reference</label>
        <input id="reference" name="reference" type="search" value="{leaf.Sought}" required maxlength="128"
          placeholder="reference_id, payment_ref, event_id" autocomplete="off" spellcheck="false">
        <button>Find</button>
        </form>
        </div></header>
        <main id="main" tabindex="-1">
        <h1>{leaf.Title}</h1>
        <div class="lead">{leaf.Lead}</div>
        {leaf.Content}
        </main>
        <footer>
        <span>{(options.Actions ? "Replay and discard are switched on" : "Read-only")}</span>
        <span>Signed in as {who ?? "nobody"}</span>
        <span>As of {Format.Time(now)} UTC, as all times here</span>
        <span>reversal-worker {Version}</span>
        </footer>
        </body>
        </html>
        """;

    static Html Refresh(int? seconds) =>
        seconds is { } every ? $"""<meta http-equiv="refresh" content="{every}">""" : Html.None;

    static Html Entry(string path, string name, PageModel leaf)
    {
        var here = string.Equals(path, leaf.Section, StringComparison.Ordinal) ? "page" : "false";
        return $"""<a href="{path}" aria-current="{here}">{name}</a>""";
    }
}
