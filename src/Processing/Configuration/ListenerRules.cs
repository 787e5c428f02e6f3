using System.Net;
using System.Net.Sockets;

namespace Reversals.Processing.Configuration;

/// <summary>
/// What the worker's own addresses and ports have to be, and the names by which the operator page is
/// asked for.
/// </summary>
static class ListenerRules
{
    /// <summary>Only the usual spelling: to a parser 1 and 0x7f000001 are addresses too.</summary>
    internal static string? Address(string name, string address) =>
        IPAddress.TryParse(address, out var parsed) && (parsed.AddressFamily == AddressFamily.InterNetworkV6
            ? !address.Contains('[', StringComparison.Ordinal)
            : parsed.ToString().Equals(address, StringComparison.Ordinal))
            ? null
            : $"{name}: expected an IP address such as 127.0.0.1, found '{address}'";

    internal static IEnumerable<string?> OfPrometheus(TelemetryOptions telemetry, HealthOptions health) =>
    [
        telemetry.PrometheusPort > 0 && telemetry.PrometheusPort == health.Port
            ? $"Telemetry:PrometheusPort: expected a port of its own, found Health:Port {health.Port}"
            : null,
        Address("Telemetry:PrometheusAddress", telemetry.PrometheusAddress),
    ];

    internal static IEnumerable<string?> OfPage(
        PageOptions page, HealthOptions health, TelemetryOptions telemetry) =>
    [
        page.Port == health.Port
            ? $"Page:Port: expected another port than Health:Port, found {page.Port}"
            : null,
        Address("Page:Address", page.Address),
        page.Postgres is null ? null : ServerRules.Postgres("Page:Postgres", page.Postgres),
        page is { Actions: true, OperatorHeader: null }
            && IPAddress.TryParse(page.Address, out var address) && !IPAddress.IsLoopback(address)
            ? "Page:OperatorHeader: expected the header in which the proxy names who is signed in, as " +
                "Page:Actions is on and Page:Address is not the loopback's; found nothing"
            : null,
        page.Port > 0 && page.Port == telemetry.PrometheusPort
            ? $"Page:Port: expected another port than Telemetry:PrometheusPort, found {page.Port}"
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

    /// <summary>
    /// Asked once the worker could not listen: which of its addresses is not of this machine, or which port
    /// not this user's. The error names neither.
    /// </summary>
    internal static IEnumerable<string> Closed(WorkerOptions options)
    {
        (string Name, string Address, int Port)[] listeners =
        [
            ("Health", options.Health.Address, options.Health.Port),
            ("Page", options.Page.Address, options.Page.Port ?? 0),
            ("Telemetry:Prometheus", options.Telemetry.PrometheusAddress, options.Telemetry.PrometheusPort),
        ];
        foreach (var (name, address, port) in listeners.Where(one => one.Port > 0))
        {
            var separator = name.Contains(':', StringComparison.Ordinal) ? "" : ":";
            using var socket = new TcpListener(IPAddress.Parse(address), port);
            if (Problem(socket) is { } problem)
            {
                yield return $"{name}{separator}Address, {name}{separator}Port: expected an address of " +
                    $"this machine and a port that this user may open, found {address}:{port}: {problem}";
            }
        }
    }

    static string? Problem(TcpListener socket)
    {
        try
        {
            socket.Start();
            return null;
        }
        catch (SocketException error)
        {
            return error.Message;
        }
    }

    /// <summary>RFC 9110, token.</summary>
    static bool IsOfName(char one) =>
        char.IsAsciiLetterOrDigit(one) || "!#$%&'*+-.^_`|~".Contains(one, StringComparison.Ordinal);
}
