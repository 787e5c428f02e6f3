namespace Reversals.Gateway;

/// <summary>
/// Bodies come with a length or in chunks. Kestrel lets any coding stand before the last one and reads the
/// chunks as if it were not there; a proxy that reads them otherwise sees other requests than the gateway.
/// </summary>
static class TransferCoding
{
    const string Chunked = "chunked";

    /// <summary>No caller needs any other coding: its connection ends with this answer.</summary>
    internal static Task RefuseOthersAsync(HttpContext context, RequestDelegate next)
    {
        var coding = context.Request.Headers.TransferEncoding;
        if (coding.Count == 0
            || (coding is [{ } only] && only.Equals(Chunked, StringComparison.OrdinalIgnoreCase)))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status501NotImplemented;
        context.Response.Headers.Connection = "close";
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
