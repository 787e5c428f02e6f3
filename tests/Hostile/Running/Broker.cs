using System.Text.RegularExpressions;
using RabbitMQ.Client;

namespace Reversals.Tests.Hostile.Running;

/// <summary>A line for each queue and exchange; how many messages were handed out again.</summary>
sealed record BrokerLook(IReadOnlyList<string> Objects, long Redelivered);

/// <summary>The broker as its operator sees it.</summary>
sealed partial class Broker(string address)
{
    /// <summary>The operator's command, a program and its first arguments; null: there is none.</summary>
    static readonly string[]? Command =
        Environment.GetEnvironmentVariable("SERVERS_RABBITMQCTL")?.Split(' ');

    /// <summary>What is there right now; null where the operator's command is not.</summary>
    internal static async Task<BrokerLook?> LookAsync() => Command is null
        ? null
        : new BrokerLook(await ObjectsAsync(), await RedeliveredAsync());

    static async Task<string[]> ObjectsAsync()
    {
        var queues = await AskAsync("list_queues", "--silent", "name");
        var exchanges = await AskAsync("list_exchanges", "--silent", "name");
        return [.. Lines(queues).Select(name => "queue " + name),
            .. Lines(exchanges).Select(name => "exchange " + name)];
    }

    static async Task<long> RedeliveredAsync()
    {
        var counters = await AskAsync("eval", "rabbit_global_counters:overview().");
        var found = Redelivered().Matches(counters);
        return found.Count == 0
            ? throw new HostileException($"The broker does not count redeliveries:\n{counters}")
            : found.Sum(match => long.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>Messages that wait in a queue and that nobody holds.</summary>
    internal async Task<uint> WaitingAsync(string queue)
    {
        await using var connection = await Amqp.ConnectAsync(address, "hostile-operator");
        await using var channel = await connection.CreateChannelAsync();
        return await channel.MessageCountAsync(queue);
    }

    static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    static Task<string> AskAsync(params string[] arguments) => Repository.RunAsync([.. Command!, .. arguments]);

    [GeneratedRegex(
        @"messages_redelivered_total\s*=>\s*(?<count>[0-9]+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Redelivered();
}
