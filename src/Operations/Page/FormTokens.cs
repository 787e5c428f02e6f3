using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;

namespace Reversals.Operations.Page;

/// <summary>
/// The hidden field that only a form of this page can have: the framework's antiforgery token, which fits one
/// browser (by a cookie), one operator, and one form (by the path it is sent to). Any worker that shares the
/// database can read it.
/// </summary>
sealed class FormTokens(IAntiforgery antiforgery)
{
    internal const string Field = "token";

    internal const string Cookie = "reversals-page";

    /// <summary>The field of the form that this operator sends to this path.</summary>
    internal string Of(HttpContext context, string path)
    {
        // Sets the cookie when the browser has none that can be read.
        var own = antiforgery.GetAndStoreTokens(context);

        // The framework makes one token for a request; here each form gets its own, as its request will come.
        var form = new DefaultHttpContext { User = context.User };
        form.Request.Path = path;
        form.Request.Headers.Cookie = $"{Cookie}={own.CookieToken ?? context.Request.Cookies[Cookie]}";
        return antiforgery.GetTokens(form).RequestToken!;
    }

    /// <summary>Whether the field is there and fits.</summary>
    internal Task<bool> FitsAsync(HttpContext context) => antiforgery.IsRequestValidAsync(context);

    /// <summary>The operator as the framework's token knows one.</summary>
    internal static ClaimsPrincipal Principal(string? name) => name is null
        ? new()
        : new(new ClaimsIdentity(
            [new(ClaimTypes.NameIdentifier, name)], authenticationType: "operator page"));

    internal static void Configure(AntiforgeryOptions options)
    {
        options.FormFieldName = Field;
        options.HeaderName = null;
        options.SuppressXFrameOptionsHeader = true;
        options.Cookie.Name = Cookie;
        options.Cookie.Path = "/";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
    }
}

/// <summary>Binds a token to the form that carries it.</summary>
sealed class FormPath : IAntiforgeryAdditionalDataProvider
{
    public string GetAdditionalData(HttpContext context) => context.Request.Path.Value ?? "";

    public bool ValidateAdditionalData(HttpContext context, string additionalData) =>
        string.Equals(context.Request.Path.Value, additionalData, StringComparison.Ordinal);
}
