using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>
/// Where gateways ask what a request would come to. It is neither the exchange nor the queue of the requests:
/// a worker of before, which knows no previews, would carry out what was meant as a question.
/// </summary>
static class PreviewQueue
{
    /// <summary>Exchange (fanout) and quorum queue.</summary>
    internal const string Name = "reversal-preview-requested";

    /// <summary>
    /// The longest that a caller of a gateway may wait; each preview says how long its own does. What finds
    /// no room is refused, and its caller told so at once.
    /// </summary>
    internal static readonly Dictionary<string, object?> Arguments = new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",
        ["x-message-ttl"] = 120_000,
        ["x-max-length"] = 1_000,
        ["x-max-length-bytes"] = 16 * 1024 * 1024,
        ["x-overflow"] = "reject-publish",
    };

    /// <summary>Makes exchange and queue, or compares them with those that are there.</summary>
    internal static async Task DeclareAsync(
        IConnection connection, int? wantedMembers, CancellationToken stop)
    {
        var members = await QueueSizes.OfAsync(connection, Name, Arguments, wantedMembers, stop);
        var channel = await connection.CreateChannelAsync(cancellationToken: stop);
        await using var end = new QuickEnd(channel);
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Fanout, durable: true, cancellationToken: stop);
        await channel.QueueDeclareAsync(
            Name, durable: true, exclusive: false, autoDelete: false, QueueSizes.With(Arguments, members),
            cancellationToken: stop);
        await channel.QueueBindAsync(Name, Name, routingKey: "", cancellationToken: stop);
    }
}
