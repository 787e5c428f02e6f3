using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Reversals.Operations.Page;

/// <summary>Renders a component as HTML, once: nothing on a page comes back to the component.</summary>
static class PageRenderer
{
    internal static Task<string> RenderAsync(IServiceProvider services, PageModel page) =>
        RenderAsync(services, page.View, new(StringComparer.Ordinal) { [nameof(PageView.Page)] = page });

    internal static async Task<string> RenderAsync(
        IServiceProvider services, Type component, Dictionary<string, object?> parameters)
    {
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync(
                component, ParameterView.FromDictionary(parameters));
            return root.ToHtmlString();
        });
    }
}
