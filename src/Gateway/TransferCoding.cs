namespace Reversals.Gateway;

/// <summary>
/// Bodies come with a length or in chunks. Kestrel lets any coding stand before the last one and reads the
/// chunks as if it were not there; a proxy that reads them otherwise sees other requests than the gateway.
/// </summary>
static class TransferCoding
{
    const string Chunked = "chunked";

    internal static bool IsOther(HttpRequest request) =>
        request.Headers.TransferEncoding is { Count: > 0 } coding
        && !(coding is [{ } only] && only.Equals(Chunked, StringComparison.OrdinalIgnoreCase));
}
