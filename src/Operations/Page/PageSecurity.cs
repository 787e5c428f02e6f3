using System.Net;
using System.Security.Cryptography;
using System.Text;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Page;

/// <summary>Why a request gets no answer.</summary>
sealed record PageRefusal(int Status, string Why);

/// <summary>
/// Who may ask. The page has no passwords of its own; what it keeps out are other websites in the same
/// browser, which could otherwise read it or act through it, and those who come around the proxy.
/// </summary>
sealed class PageSecurity
{
    /// <summary>Name of the hidden field that only a form of this page can have.</summary>
    internal const string TokenField = "token";

    /// <summary>Stands in the audit for whoever is at a page without a proxy.</summary>
    const string Anybody = "page";
    const int LongestName = 100;

    readonly PageOptions _options;
    readonly HashSet<string> _hosts;
    readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    internal PageSecurity(PageOptions options)
    {
        _options = options;
        _hosts = new(options.Hosts, StringComparer.OrdinalIgnoreCase) { "localhost", options.Address };
        if (IPAddress.TryParse(options.Address, out var address) && IPAddress.IsLoopback(address))
        {
            _hosts.Add("127.0.0.1");
            _hosts.Add("[::1]");
        }
    }

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
        _ when !_hosts.Contains(request.Host.Host) => new(
            StatusCodes.Status421MisdirectedRequest,
            $"This page is not known as {request.Host.Host}. Put the name into Page:Hosts"),
        _ when Operator(request) is null => new(
            StatusCodes.Status403Forbidden,
            $"Nobody is signed in: the header {_options.OperatorHeader} is missing. Come through the proxy"),
        { Method: "GET" } when IsLoadedByAnotherSite(request) => new(
            StatusCodes.Status403Forbidden, "Another website may link to this page, and not load it"),
        { Method: "GET" } => null,
        { Method: "POST" } when !_options.Actions => new(
            StatusCodes.Status403Forbidden, "This page only shows. Page:Actions switches its actions on"),
        { Method: "POST" } when !IsOwn(request) => new(
            StatusCodes.Status403Forbidden, "This did not come from a form of this page"),
        { Method: "POST" } => null,
        _ => new(StatusCodes.Status405MethodNotAllowed, "Only GET and POST are understood"),
    };

    /// <summary>Who is asking, for the audit; null: the proxy did not say.</summary>
    internal string? Operator(HttpRequest request)
    {
        if (_options.OperatorHeader is not { } header)
        {
            return Anybody;
        }

        var name = request.Headers[header] is [{ } only] ? only.Trim() : "";
        return name.Length is > 0 and <= LongestName && !name.Any(char.IsControl) ? name : null;
    }

    /// <summary>The hidden field of a form that is sent to this path by this person.</summary>
    internal string Token(HttpRequest request, string path) => Convert.ToHexStringLower(
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{Operator(request)}\n{path}")));

    /// <summary>Whether the hidden field is there; only a page that this process wrote has it.</summary>
    internal bool HasToken(HttpRequest request, IFormCollection form) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(form[TokenField].ToString()),
            Encoding.UTF8.GetBytes(Token(request, request.Path)));

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
