using System.Net;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.HostFiltering;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Page;

/// <summary>
/// What the framework does for the page, in a container of the page's own: the worker has none of it, and
/// what these parts log of a hostile request stays out of the worker's log.
/// </summary>
static class PageServices
{
    internal static ServiceProvider Build(PageOptions options, IXmlRepository keys)
    {
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<HtmlEncoder, PageEncoder>()
            .AddSingleton<IAntiforgeryAdditionalDataProvider, FormPath>()
            .AddAntiforgery(FormTokens.Configure)
            .AddSingleton<FormTokens>()
            .Configure<HostFilteringOptions>(filter =>
            {
                filter.AllowEmptyHosts = false;
                // The page says it in its own words.
                filter.IncludeFailureMessage = false;
                filter.AllowedHosts = [.. Names(options)];
            });

        // One name for all workers: by itself it would be the folder that each runs in.
        services.AddDataProtection().SetApplicationName("reversals operator page");
        services.Configure<KeyManagementOptions>(management => management.XmlRepository = keys);
        return services.BuildServiceProvider();
    }

    /// <summary>
    /// Names under which a browser may ask. To the framework some of them mean "whatever it is": none of
    /// these gets there.
    /// </summary>
    static IEnumerable<string> Names(PageOptions options)
    {
        string[] loopback = IPAddress.IsLoopback(IPAddress.Parse(options.Address))
            ? ["127.0.0.1", "[::1]"]
            : [];
        return options.Hosts.Concat(loopback).Append(options.Address).Append("localhost")
            .Where(name => !name.Contains('*', StringComparison.Ordinal) && !IsEveryAddress(name))
            .Select(name => Uri.CheckHostName(name) is UriHostNameType.IPv6 && name[0] is not '['
                ? $"[{name}]" : name)
            .Distinct(StringComparer.OrdinalIgnoreCase);
    }

    static bool IsEveryAddress(string name) => IPAddress.TryParse(name.Trim('[', ']'), out var address)
        && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
}
