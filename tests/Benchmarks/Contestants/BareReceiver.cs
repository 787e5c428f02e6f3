using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Contracts;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// The client library alone in place of MassTransit: verify and read on the dispatcher, batches of whatever
/// waits,
/// and one writer that acknowledges whole batches in the order of their tags.
/// </summary>
sealed class BareReceiver : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly ReversalBatch _batch;
    readonly int _limit;
    readonly SemaphoreSlim _lanes;
    readonly Channel<Delivery> _waiting;
    readonly Channel<(Task Commit, ulong LastTag)> _committing = Channel.CreateUnbounded<(Task, ulong)>();

    BareReceiver(IConnection connection, IChannel channel, GroupCommitOptions options, ReversalBatch batch)
    {
        (_connection, _channel, _batch, _limit) = (connection, channel, batch, options.Limit);
        _lanes = new SemaphoreSlim(options.Lanes);
        _waiting = Channel.CreateBounded<Delivery>(
            new BoundedChannelOptions(2 * options.Limit * options.Lanes)
        {
            SingleReader = true,
            SingleWriter = true,
        });
        Ended = Task.WhenAny(Task.Run(TakeAsync), Task.Run(AcknowledgeAsync)).Unwrap();
    }

    internal Task Ended { get; }

    internal static async Task<BareReceiver> StartAsync(WorkerOptions options, ReversalBatch batch)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(options.ConnectionStrings.RabbitMq), ClientProvidedName = "bench-consume",
        };
        var connection = await factory.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        await DeclareAsync(channel);
        await channel.BasicQosAsync(0, (ushort)options.Inbound.PrefetchFor(options.Batching), global: false);
        var receiver = new BareReceiver(connection, channel, options.Batching, batch);
        var authenticator = new Authenticator(options.Clients);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) => receiver.ReceiveAsync(authenticator, delivery);
        await channel.BasicConsumeAsync(Wire.RequestQueue, autoAck: false, consumer);
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        _lanes.Dispose();
    }

    /// <summary>The queue as the worker declares it.</summary>
    static async Task DeclareAsync(IChannel channel)
    {
        var quorum = new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" };
        await channel.ExchangeDeclareAsync(Wire.DeadLetterQueue, ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync(
            Wire.DeadLetterQueue, durable: true, exclusive: false, autoDelete: false, quorum);
        await channel.QueueBindAsync(Wire.DeadLetterQueue, Wire.DeadLetterQueue, routingKey: "");
        await channel.ExchangeDeclareAsync(Wire.RequestExchange, ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync(
            Wire.RequestQueue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(quorum, StringComparer.Ordinal)
            {
                ["x-dead-letter-exchange"] = Wire.DeadLetterQueue,
                ["x-dead-letter-strategy"] = "at-least-once",
                ["x-overflow"] = "reject-publish",
            });
        await channel.QueueBindAsync(Wire.RequestQueue, Wire.RequestExchange, routingKey: "");
    }

    Task ReceiveAsync(Authenticator authenticator, BasicDeliverEventArgs delivery)
    {
        // The body is read before this method returns, so it needs no copy.
        var message = ReceivedMessage.Read(delivery.Body, delivery.BasicProperties).Request;
        var sender = authenticator.Check(message);
        if (sender.Failure is not null)
        {
            throw new BenchmarkException("a request of this benchmark was not authentic");
        }

        var request = RequestReader.Read(message, sender.ClientId, TimeProvider.System.GetUtcNow());
        return _waiting.Writer.WriteAsync(new Delivery(request, delivery.DeliveryTag)).AsTask();
    }

    async Task TakeAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync())
        {
            await _lanes.WaitAsync();
            var (requests, last) = (new List<ReversalRequest>(_limit), 0UL);
            while (requests.Count < _limit && _waiting.Reader.TryRead(out var delivery))
            {
                requests.Add(delivery.Request);
                last = delivery.Tag;
            }

            await _committing.Writer.WriteAsync((CommitAsync(requests), last));
        }
    }

    async Task CommitAsync(List<ReversalRequest> requests)
    {
        try
        {
            while (true)
            {
                try
                {
                    await _batch.CommitAsync(requests, isAlone: false, CancellationToken.None);
                    return;
                }
                catch (Exception error) when (Faults.Classify(error) == Fault.ConcurrencyConflict)
                {
                    // Run again from the start, as the worker does.
                }
            }
        }
        finally
        {
            _lanes.Release();
        }
    }

    async Task AcknowledgeAsync()
    {
        await foreach (var (commit, lastTag) in _committing.Reader.ReadAllAsync())
        {
            await commit;
            await _channel.BasicAckAsync(lastTag, multiple: true);
        }
    }

    readonly record struct Delivery(ReversalRequest Request, ulong Tag);
}
