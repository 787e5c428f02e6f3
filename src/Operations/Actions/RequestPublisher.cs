using System.Collections.Concurrent;
using System.Globalization;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Actions;

/// <summary>
/// Sends stored messages to the requests' exchange again, and knows of each whether the broker has it safely.
/// The numbers of the confirms are kept here, because the library's own tracking adds a header.
/// </summary>
sealed class RequestPublisher : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly ConcurrentDictionary<long, byte> _returned = new();
    readonly SortedDictionary<ulong, Sent> _waiting = [];
    readonly Lock _gate = new();

    RequestPublisher(IConnection connection, IChannel channel)
    {
        (_connection, _channel) = (connection, channel);
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, confirmed: true);
        channel.BasicNacksAsync += (_, nack) => Settle(nack.DeliveryTag, nack.Multiple, confirmed: false);
        channel.BasicReturnAsync += (_, back) =>
        {
            // Nobody is bound: it comes back first, and is confirmed then.
            _returned[long.Parse(back.BasicProperties.MessageId!, CultureInfo.InvariantCulture)] = 0;
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) => Settle(ulong.MaxValue, multiple: true, confirmed: false);
    }

    internal static async Task<RequestPublisher> ConnectAsync(WorkerOptions options, CancellationToken stop)
    {
        var factory = BrokerConnection.Factory(options.Broker, "reversals-operations");
        var connection = await factory.CreateConnectionAsync(stop);
        try
        {
            return new RequestPublisher(connection, await connection.CreateChannelAsync(
                new CreateChannelOptions(
                    publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false),
                stop));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _channel.DisposeAsync();
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    /// <summary>Publishes all and waits for the broker's answer to each.</summary>
    /// <returns>The ids of those that the broker put into a queue.</returns>
    internal async Task<HashSet<long>> PublishAsync(
        IReadOnlyList<StoredMessage> messages, CancellationToken stop)
    {
        List<Sent> sent = [];
        foreach (var message in messages)
        {
            var one = new Sent(message.Id);
            sent.Add(one);
            var tag = await _channel.GetNextPublishSequenceNumberAsync(stop);
            lock (_gate)
            {
                _waiting[tag] = one;
            }

            await _channel.BasicPublishAsync(
                Wire.RequestExchange, routingKey: "", mandatory: true, message.ToProperties(), message.Body,
                stop);
        }

        var confirmed = await Task.WhenAll(sent.Select(one => one.Done.Task)).WaitAsync(stop);
        return
        [
            .. sent.Where((one, place) => confirmed[place] && !_returned.ContainsKey(one.Id))
                .Select(one => one.Id),
        ];
    }

    Task Settle(ulong tag, bool multiple, bool confirmed)
    {
        lock (_gate)
        {
            foreach (var (number, one) in _waiting
                .TakeWhile(one => one.Key <= tag).Where(one => multiple || one.Key == tag).ToList())
            {
                _waiting.Remove(number);
                one.Done.TrySetResult(confirmed);
            }
        }

        return Task.CompletedTask;
    }

    sealed record Sent(long Id)
    {
        internal TaskCompletionSource<bool> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
