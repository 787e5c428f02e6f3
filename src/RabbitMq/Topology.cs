using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>An exchange or queue of the worker's, and what is wrong with it.</summary>
sealed record TopologyItem
{
    /// <summary><c>exchange</c> or <c>queue</c>.</summary>
    public required string Sort { get; init; }

    public required string Name { get; init; }

    /// <summary>What it has to be.</summary>
    public required string Expected { get; init; }

    /// <summary>Null: it is there and as expected.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether a worker cannot just make it.</summary>
    internal bool IsRefused => Problem is not (null or Missing);

    internal const string Missing = "missing";
}

/// <summary>
/// What must be there on the broker before requests can be sent: all that a worker would make by itself. Made
/// ahead, the worker needs no right to configure anything.
/// </summary>
static class Topology
{
    /// <summary>
    /// RabbitMQ 4 drops what was redelivered 20 times, when it has nowhere to move it to. So the limit is
    /// more than can ever happen; no limit at all could be said to RabbitMQ 4 only.
    /// </summary>
    internal static readonly Dictionary<string, object?> DeadLetterArguments = new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = 1_000_000_000,
    };

    /// <summary>
    /// Nothing is lost at the broker either: a message redelivered too often moves to a queue of its own, and
    /// is dropped here only once it has arrived there. Limits and delays are policies, which can change live.
    /// </summary>
    internal static readonly Dictionary<string, object?> RequestArguments = new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",
        ["x-dead-letter-exchange"] = Wire.DeadLetterQueue,
        ["x-dead-letter-strategy"] = "at-least-once",
        ["x-overflow"] = "reject-publish",
    };

    static readonly (string Name, string Type)[] Exchanges =
    [
        (Wire.RequestExchange, ExchangeType.Fanout), (Wire.DeadLetterQueue, ExchangeType.Fanout),
        (Wire.PaymentReversedExchange, ExchangeType.Fanout),
        (Wire.ReversalRejectedExchange, ExchangeType.Fanout),
        (AnswerAddress.Exchange, ExchangeType.Direct), (PreviewQueue.Name, ExchangeType.Fanout),
    ];

    static readonly (string Name, Dictionary<string, object?> Arguments)[] Queues =
    [
        (Wire.DeadLetterQueue, DeadLetterArguments), (Wire.RequestQueue, RequestArguments),
        (PreviewQueue.Name, PreviewQueue.Arguments),
    ];

    /// <summary>Makes what is missing, and binds; what is there in another shape is told and left.</summary>
    internal static Task<IReadOnlyList<TopologyItem>> DeployAsync(
        BrokerOptions options, CancellationToken stop) => EachAsync(options, make: true, stop);

    /// <summary>Compares without making anything. Bindings cannot be seen this way.</summary>
    internal static Task<IReadOnlyList<TopologyItem>> DiffAsync(
        BrokerOptions options, CancellationToken stop) => EachAsync(options, make: false, stop);

    static async Task<IReadOnlyList<TopologyItem>> EachAsync(
        BrokerOptions options, bool make, CancellationToken stop)
    {
        var connection = await BrokerConnection.ConnectAsync(options, "reversals-operations", stop);
        await using var end = new QuickEnd(connection);
        List<TopologyItem> items = [];
        foreach (var (name, type) in Exchanges)
        {
            items.Add(new TopologyItem
            {
                Sort = "exchange",
                Name = name,
                Expected = $"{type}, durable",
                Problem = await ProblemAsync(
                    connection, make,
                    channel => channel.ExchangeDeclarePassiveAsync(name, stop),
                    channel => channel.ExchangeDeclareAsync(
                        name, type, durable: true, cancellationToken: stop)),
            });
        }

        foreach (var (name, usual) in Queues)
        {
            var arguments = QueueSizes.With(
                usual, await QueueSizes.OfAsync(connection, name, usual, options.QueueMembers, stop));
            items.Add(new TopologyItem
            {
                Sort = "queue",
                Name = name,
                Expected = string.Join(", ", arguments.Select(one => $"{one.Key} {one.Value}")),
                Problem = await ProblemAsync(
                    connection, make,
                    channel => channel.QueueDeclarePassiveAsync(name, stop),
                    async channel =>
                    {
                        await channel.QueueDeclareAsync(
                            name, durable: true, exclusive: false, autoDelete: false, arguments,
                            cancellationToken: stop);
                        if (make)
                        {
                            await channel.QueueBindAsync(name, name, routingKey: "", cancellationToken: stop);
                        }
                    }),
            });
        }

        return items;
    }

    /// <summary>
    /// To declare a thing that is there compares it and changes nothing; a difference closes the channel and
    /// is named by the broker.
    /// </summary>
    static async Task<string?> ProblemAsync(
        IConnection connection, bool make, Func<IChannel, Task> look, Func<IChannel, Task> declare)
    {
        var channel = await connection.CreateChannelAsync();
        await using var end = new QuickEnd(channel);
        try
        {
            if (!make)
            {
                await look(channel);
            }

            await declare(channel);
            return null;
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason is { } reason)
        {
            return reason.ReplyCode == Constants.NotFound
                ? TopologyItem.Missing
                : BrokerConnection.Explain(reason);
        }
    }
}
