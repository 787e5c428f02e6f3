using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>The nodes that keep a queue: a majority of them has to be there.</summary>
sealed record QueueMembers
{
    public required string Name { get; init; }

    /// <summary>The node that everything of this queue goes through; null: it has none now.</summary>
    public string? Leader { get; init; }

    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>Those of them that run.</summary>
    public required IReadOnlyList<string> Online { get; init; }

    /// <summary>How many it has to have.</summary>
    public required int Expected { get; init; }

    /// <summary>What is wrong, and what to do about it; null: nothing.</summary>
    public string? Problem => Members.Count < Expected
            ? $"{Text}: {Members.Count} of {Expected}. For each node that is missing run: " +
                $"rabbitmq-queues grow NODE all --queue-pattern '^{Name}$'"
        : Leader is null ? $"{Text}: no leader. Start the members that are missing"
        : Online.Count < Members.Count
            ? $"{Text}: not running {string.Join(", ", Members.Except(Online, StringComparer.Ordinal))}. " +
                "Start it again; if it is gone for good: rabbitmq-queues shrink NODE, and grow on another"
        : null;

    /// <summary>For people.</summary>
    internal string Text => $"leader {Leader ?? "none"}, members {string.Join(", ", Members)}";

    /// <summary>Asks the management plugin of the nodes, as nothing else tells it.</summary>
    internal static Task<MembersReport> ReadAsync(BrokerOptions options, CancellationToken stop) =>
        options.HasSeveral || options.ManagementPort is not null
            ? ManagementApi.MembersAsync(
                options, [Wire.RequestQueue, Wire.DeadLetterQueue],
                options.QueueMembers ?? Math.Min(3, options.Nodes.Count), stop)
            : Task.FromResult(new MembersReport());

    /// <param name="queue">As the management plugin tells it.</param>
    /// <param name="expected">How many members it has to have.</param>
    internal static QueueMembers Of(JsonElement queue, int expected) => new()
    {
        Name = queue.GetProperty("name").GetString()!,
        Leader = queue.TryGetProperty("leader", out var leader) && leader.ValueKind == JsonValueKind.String
            && leader.GetString() is { Length: > 0 } node
            ? node
            : null,
        Members = Names(queue, "members"),
        Online = Names(queue, "online"),
        Expected = expected,
    };

    static IReadOnlyList<string> Names(JsonElement queue, string property) =>
        queue.TryGetProperty(property, out var names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Select(name => name.ToString())]
            : [];
}

/// <summary>The members of the queues, as far as they are known.</summary>
sealed record MembersReport
{
    public IReadOnlyList<QueueMembers> Queues { get; init; } = [];

    /// <summary>Why they are not known; null: they are, or there is one node and nobody asks.</summary>
    public string? Problem { get; init; }
}
