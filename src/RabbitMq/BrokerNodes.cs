using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>
/// The nodes of a cluster that an address names: <c>amqp://user:password@a,b:5673,c/vhost</c>, or whole
/// addresses with commas between them.
/// </summary>
static partial class BrokerNodes
{
    /// <summary>A node that was out of reach is tried last for so long.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    static readonly ConcurrentDictionary<string, int> InUse = new(StringComparer.Ordinal);
    static readonly ConcurrentDictionary<string, long> FailedAt = new(StringComparer.Ordinal);
    static readonly ConditionalWeakTable<IConnection, string> NodeOf = [];

    /// <summary>An address for each node. A comma in user or password divides nothing.</summary>
    internal static IReadOnlyList<string> Split(string value) =>
        [.. BetweenAddresses().Split(value).SelectMany(Each)];

    /// <summary>What is wrong with the list, and with which of them; null: nothing.</summary>
    internal static string? Problem(string value)
    {
        var nodes = Split(value);
        if (nodes.Count < 2)
        {
            return BrokerAddress.Problem(value);
        }

        for (var place = 0; place < nodes.Count; place++)
        {
            if ((BrokerAddress.Problem(nodes[place]) ?? Difference(nodes, place)) is { } problem)
            {
                return $"in address {place + 1} of {nodes.Count}: {problem}";
            }
        }

        return null;
    }

    /// <summary>
    /// By chance; those that this process uses already, and those that were just out of reach, come last.
    /// </summary>
    internal static IEnumerable<BrokerOptions> InOrder(BrokerOptions options) => options.Nodes
        .OrderBy(node => FailedAt.TryGetValue(Name(node), out var at)
            && Stopwatch.GetElapsedTime(at) < Memory)
        .ThenBy(node => InUse.GetValueOrDefault(Name(node)))
        .ThenBy(_ => RandomNumberGenerator.GetInt32(int.MaxValue));

    internal static void Failed(BrokerOptions node) =>
        FailedAt[Name(node)] = Stopwatch.GetTimestamp();

    /// <summary>The node of a connection let it in, and does nothing for it.</summary>
    internal static void Failed(IConnection connection)
    {
        if (NodeOf.TryGetValue(connection, out var name))
        {
            FailedAt[name] = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Counts a connection for as long as it is open.</summary>
    internal static void Opened(BrokerOptions node, IConnection connection)
    {
        var name = Name(node);
        NodeOf.Add(connection, name);
        FailedAt.TryRemove(name, out _);
        InUse.AddOrUpdate(name, 1, (_, count) => count + 1);
        connection.ConnectionShutdownAsync += (_, _) =>
        {
            InUse.AddOrUpdate(name, 0, (_, count) => count - 1);
            return Task.CompletedTask;
        };
    }

    static string Name(BrokerOptions node) => BrokerConnection.HostAndPort(new Uri(node.Address));

    static IEnumerable<string> Each(string address)
    {
        var begin = address.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = begin < 3 ? -1 : address.IndexOfAny(['/', '?', '#'], begin);
        end = end < 0 ? address.Length : end;
        var hosts = begin < 3 ? -1 : address.LastIndexOf('@', end - 1, end - begin) + 1;
        hosts = hosts <= 0 ? begin : hosts;
        return begin < 3
            ? [address]
            : address[hosts..end].Split(',').Select(host => address[..hosts] + host.Trim() + address[end..]);
    }

    static string? Difference(IReadOnlyList<string> nodes, int place)
    {
        Uri first = new(nodes[0]), one = new(nodes[place]);
        return !Same(one.Scheme, first.Scheme) ? $"{one.Scheme}://, and {first.Scheme}:// in the first"
            : !Same(one.UserInfo, first.UserInfo) ? "another user or password than in the first"
            : !Same(one.AbsolutePath, first.AbsolutePath) ? "another virtual host than in the first"
            : nodes.Take(place).Any(other =>
                Same(BrokerConnection.HostAndPort(new(other)), BrokerConnection.HostAndPort(one)))
                ? $"{BrokerConnection.HostAndPort(one)} for the second time"
            : null;
    }

    static bool Same(string one, string other) => string.Equals(one, other, StringComparison.Ordinal);

    [GeneratedRegex(@",\s*(?=amqps?://)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex BetweenAddresses();
}
