using System.Net;

namespace Reversals.Processing.Configuration;

/// <summary>What the operator page has to be given, beside its ranges.</summary>
static class PageRules
{
    internal static IEnumerable<string?> Problems(PageOptions page) =>
    [
        page.Postgres is null ? null : ServerRules.Postgres("Page:Postgres", page.Postgres),
        page is { Actions: true, OperatorHeader: null }
            && IPAddress.TryParse(page.Address, out var address) && !IPAddress.IsLoopback(address)
            ? "Page:OperatorHeader: expected the header in which the proxy names who is signed in, as " +
                "Page:Actions is on and Page:Address is not the loopback's; found nothing"
            : null,
        page.OperatorHeader is { } header && (header.Length == 0 || !header.All(IsOfName))
            ? "Page:OperatorHeader: expected the name of a header such as X-Forwarded-User, " +
                $"found '{header}'"
            : null,
        .. page.Hosts.Index().Select(host => Uri.CheckHostName(host.Item.Trim('[', ']'))
            is UriHostNameType.Unknown || ControlCharacters.First(host.Item) is not null
            ? $"Page:Hosts:{host.Index}: expected a host name without scheme and port such as " +
                $"ops.example.com, found '{host.Item}'"
            : null),
    ];

    /// <summary>RFC 9110, token.</summary>
    static bool IsOfName(char one) =>
        char.IsAsciiLetterOrDigit(one) || "!#$%&'*+-.^_`|~".Contains(one, StringComparison.Ordinal);
}
