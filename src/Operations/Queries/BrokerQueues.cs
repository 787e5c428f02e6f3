using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Queries;

/// <summary>A queue as the broker sees it.</summary>
sealed record QueueState
{
    public required string Name { get; init; }

    /// <summary>Messages that wait and that nobody holds; null: there is no such queue.</summary>
    public long? Ready { get; init; }

    /// <summary>Messages that workers have taken and not done, as they say; null: not known.</summary>
    public long? Unacknowledged { get; init; }

    /// <summary>Who reads it: one for each worker; null: there is no such queue.</summary>
    public long? Consumers { get; init; }
}

/// <summary>Asks the broker for the state of the worker's queues.</summary>
static class BrokerQueues
{
    static readonly string[] Names = [Wire.RequestQueue, Wire.DeadLetterQueue];

    internal static async Task<IReadOnlyList<QueueState>> ReadAsync(
        WorkerOptions options, CancellationToken stop)
    {
        var connection = await BrokerConnection.ConnectAsync(options.Broker, "reversals-operations", stop);
        await using var end = new QuickEnd(connection);
        List<QueueState> states = [];
        foreach (var name in Names)
        {
            states.Add(await ReadAsync(connection, name, stop));
        }

        return states;
    }

    /// <summary>A queue that is not there closes the channel, so each has its own.</summary>
    static async Task<QueueState> ReadAsync(IConnection connection, string name, CancellationToken stop)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: stop);
        await using var end = new QuickEnd(channel);
        try
        {
            var queue = await channel.QueueDeclarePassiveAsync(name, stop);
            return new QueueState
            {
                Name = name, Ready = queue.MessageCount, Consumers = queue.ConsumerCount,
            };
        }
        catch (OperationInterruptedException error)
            when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return new QueueState { Name = name };
        }
    }
}
