using System.Globalization;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>Where the parts of the quarantine are found.</summary>
static class QuarantineAddress
{
    internal static string Of(string cause) => "/quarantine?cause=" + Uri.EscapeDataString(cause);

    internal static string Of(long id) => string.Create(CultureInfo.InvariantCulture, $"/quarantine/{id}");

    /// <summary>A list, from below a message on; null: from the newest on.</summary>
    internal static string Of(QuarantineFilter filter, long? before = null)
    {
        string?[] parts =
        [
            filter.Cause is { } cause ? "cause=" + Uri.EscapeDataString(cause) : null,
            filter.All ? "all=yes" : null,
            before is { } id ? string.Create(CultureInfo.InvariantCulture, $"before={id}") : null,
        ];
        return "/quarantine?" + string.Join('&', parts.OfType<string>());
    }
}
