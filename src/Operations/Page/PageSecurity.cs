using Reversals.Processing.Configuration;

namespace Reversals.Operations.Page;

/// <summary>Why a request gets no answer.</summary>
sealed record PageRefusal(int Status, string Why);

/// <summary>
/// Who may ask. The page has no passwords of its own; what it keeps out are other websites in the same
/// browser, which could otherwise read it or act through it, and those who come around the proxy. Under which
/// names it is asked is the framework's host filter's to see to.
/// </summary>
sealed class PageSecurity(PageOptions options)
{
    /// <summary>Stands in the audit for whoever is at a page without a proxy.</summary>
    const string Anybody = "page";
    const int LongestName = 100;

    /// <summary>Set on every answer, refusals included.</summary>
    internal static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src {Style.Source}; img-src data:; form-action 'self'; " +
            "base-uri 'none'; frame-ancestors 'none'";
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    /// <summary>Null: the request may be answered.</summary>
    internal PageRefusal? Refuse(HttpRequest request) => request switch
    {
        _ when Operator(request) is null => new(
            StatusCodes.Status403Forbidden,
            $"Nobody is signed in: the header {options.OperatorHeader} is missing. Come through the proxy"),
        { Method: "GET" } when IsLoadedByAnotherSite(request) => new(
            StatusCodes.Status403Forbidden, "Another website may link to this page, and not load it"),
        { Method: "GET" } => null,
        { Method: "POST" } when !options.Actions => new(
            StatusCodes.Status403Forbidden, "This page only shows. Page:Actions switches its actions on"),
        { Method: "POST" } when !IsOwn(request) => new(
            StatusCodes.Status403Forbidden, "This did not come from a form of this page"),
        { Method: "POST" } => null,
        _ => new(StatusCodes.Status405MethodNotAllowed, "Only GET and POST are understood"),
    };

    /// <summary>Who is asking, for the audit; null: the proxy did not say.</summary>
    internal string? Operator(HttpRequest request)
    {
        if (options.OperatorHeader is not { } header)
        {
            return Anybody;
        }

        var name = request.Headers[header] is [{ } only] ? only.Trim() : "";
        return name.Length is > 0 and <= LongestName && !name.Any(char.IsControl) ? name : null;
    }

    static bool IsLoadedByAnotherSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none")
        && request.Headers["Sec-Fetch-Mode"] != "navigate";

    /// <summary>
    /// The browser itself says where a request comes from, and no script can change that. Without the header
    /// it is no browser of today.
    /// </summary>
    static bool IsOwn(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] == "same-origin" && request.HasFormContentType;
}
