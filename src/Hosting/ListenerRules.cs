using System.Net;
using System.Net.Sockets;

namespace Reversals.Hosting;

/// <summary>Where something listens.</summary>
/// <param name="Section">Such as <c>Health:</c>; <c>Address</c> and <c>Port</c> follow.</param>
/// <param name="Address">As it is configured.</param>
/// <param name="Port">0: it does not listen.</param>
sealed record Listener(string Section, string Address, int Port);

/// <summary>What the addresses and ports of this process have to be.</summary>
static class ListenerRules
{
    /// <summary>Only the usual spelling: to a parser 1 and 0x7f000001 are addresses too.</summary>
    internal static string? Address(string name, string address) =>
        IPAddress.TryParse(address, out var parsed) && (parsed.AddressFamily == AddressFamily.InterNetworkV6
            ? !address.Contains('[', StringComparison.Ordinal)
            : parsed.ToString().Equals(address, StringComparison.Ordinal))
            ? null
            : $"{name}: expected an IP address such as 127.0.0.1, found '{address}'";

    /// <summary>Each has an address, and a port of its own.</summary>
    internal static IEnumerable<string> Problems(IReadOnlyList<Listener> listeners) =>
    [
        .. listeners.Select(one => Address($"{one.Section}Address", one.Address)).OfType<string>(),
        .. from same in listeners.Where(one => one.Port > 0).GroupBy(one => one.Port)
           let first = same.First()
           from other in same.Skip(1)
           select $"{other.Section}Port: expected another port than {first.Section}Port, found {same.Key}",
    ];

    /// <summary>
    /// Asked once the process could not listen: which of the addresses is not of this machine, or which port
    /// not this user's. The error names neither.
    /// </summary>
    static IEnumerable<string> Closed(IEnumerable<Listener> listeners)
    {
        foreach (var (section, address, port) in listeners.Where(one => one.Port > 0))
        {
            using var socket = new TcpListener(IPAddress.Parse(address), port);
            if (Problem(socket) is { } problem)
            {
                yield return $"{section}Address, {section}Port: expected an address of " +
                    $"this machine and a port that this user may open, found {address}:{port}: {problem}";
            }
        }
    }

    /// <summary>Why the process could not listen, as a problem of its settings.</summary>
    internal static ConfigurationException Refused(IEnumerable<Listener> listeners, SocketException error)
    {
        string[] closed = [.. Closed(listeners)];
        return new ConfigurationException(closed.Length > 0 ? closed : [error.Message]);
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
}
