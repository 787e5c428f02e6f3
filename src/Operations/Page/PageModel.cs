using Microsoft.AspNetCore.Components;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>For whom a page is made, and when.</summary>
sealed record PageContext
{
    /// <summary>Who is signed in; null: the proxy did not say.</summary>
    public required string? Operator { get; init; }

    public required DateTime Now { get; init; }

    /// <summary>Whether there are forms.</summary>
    public required bool HasActions { get; init; }

    /// <summary>Over whatever an untrusted sender sent.</summary>
    public required Redactor Redactor { get; init; }

    /// <summary>The hidden field of a form, by the path that the form is sent to.</summary>
    public required Func<string, string> Token { get; init; }
}

/// <summary>
/// What one page says, and the component that says it. The components that Razor generates are public, so
/// what they are given is public as well; its members are not.
/// </summary>
public abstract record PageModel
{
    private protected PageModel()
    {
    }

    /// <summary>The component.</summary>
    internal abstract Type View { get; }

    internal abstract string Title { get; }

    internal virtual int Status => StatusCodes.Status200OK;

    /// <summary>Path of the entry of the navigation that this belongs to.</summary>
    internal virtual string? Section => null;

    /// <summary>What stands in the search box.</summary>
    internal virtual string? Query => null;

    /// <summary>Seconds until the browser asks again; null: only when it is told to.</summary>
    internal virtual int? RefreshSeconds => null;

    /// <summary>Set once the page is about to be rendered.</summary>
    internal PageContext Context { get; init; } = null!;
}

/// <summary>A component that shows a <see cref="PageModel"/>.</summary>
public abstract class PageView : ComponentBase
{
    /// <summary>What is shown.</summary>
    [Parameter, EditorRequired]
    public PageModel Page { get; set; } = null!;

    private protected PageContext Context => Page.Context;
}
