using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Contracts;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>
/// The one connection to RabbitMQ: publishes requests, hears the answers in a queue of its own, and comes
/// back by itself. The queue goes away with the connection, and with it what nobody waits for any more.
/// </summary>
sealed class BrokerLink(
    GatewayOptions options, WaitingCallers callers, TimeProvider clock, ILogger<BrokerLink> log)
    : BackgroundService
{
    static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    /// <summary>A caller has one answer; the rest of the room is for those that are late.</summary>
    readonly Dictionary<string, object?> _queueArguments = new(StringComparer.Ordinal)
    {
        ["x-max-length"] = 2 * options.Http.MaxWaiting,
        ["x-overflow"] = "drop-head",
    };

    volatile ConfirmedPublisher? _publisher;
    volatile string? _blocked;
    volatile string? _problem = "not connected yet";

    /// <summary>Why nothing can be asked now; null: all is well.</summary>
    internal string? Problem => _problem ?? _blocked;

    /// <summary>Publishes a request and tells what became of it.</summary>
    internal Task<PublishResult> PublishAsync(
        BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        // What is published while an alarm blocks publishers would stand in the socket, sent or not.
        _blocked is null && _publisher is { } publisher
            ? publisher.PublishAsync(Wire.RequestExchange, properties, body, giveUp)
            : Task.FromResult(PublishResult.NotSent);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var rest = ShortestRest;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ConnectedAsync(() => rest = ShortestRest, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                _problem = $"RabbitMQ at {BrokerConnection.Address(options.Broker)}: " +
                    BrokerConnection.Explain(error);
                Log.NotConnected(log, _problem, rest.TotalMilliseconds);
                await Task.Delay(rest, clock, stoppingToken).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing);
                rest = rest * 2 < LongestRest ? rest * 2 : LongestRest;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>One connection, from its beginning to its end.</summary>
    async Task ConnectedAsync(Action connected, CancellationToken stop)
    {
        var factory = BrokerConnection.Factory(options.Broker, "reversal-gateway");
        await using var connection = await factory.CreateConnectionAsync(stop);
        var end = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, reason) => Ended(end, BrokerConnection.Explain(reason));
        connection.ConnectionBlockedAsync += (_, blocked) => Blocked(blocked.Reason);
        connection.ConnectionUnblockedAsync += (_, _) => Blocked(reason: null);
        try
        {
            await using var publisher = await ConfirmedPublisher.OpenAsync(connection, stop);
            await using var answers = await HearAsync(connection, end, stop);
            // Nothing was published here yet, so what says blocked is a late word of the connection before.
            (_publisher, _problem, _blocked) = (publisher, null, null);
            connected();
            Log.Connected(log, BrokerConnection.Address(options.Broker), callers.Queue);
            var reason = await Task.WhenAny(end.Task, publisher.Closed).WaitAsync(stop);
            var problem = await reason;
            // Before the channels are closed, which may take long: nobody would hear the answers any more.
            (_publisher, _problem) = (null, problem);
            throw new IOException(problem);
        }
        finally
        {
            (_publisher, _problem, _blocked) = (null, _problem ?? "the connection to RabbitMQ is lost", null);
        }
    }

    async Task<IChannel> HearAsync(
        IConnection connection, TaskCompletionSource<string> end, CancellationToken stop)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: stop);
        // Tells before anybody asks that there is nowhere to publish to.
        await channel.ExchangeDeclarePassiveAsync(Wire.RequestExchange, stop);
        await channel.QueueDeclareAsync(
            callers.Queue, durable: false, exclusive: true, autoDelete: true, _queueArguments,
            cancellationToken: stop);
        await channel.QueueBindAsync(
            callers.Queue, AnswerAddress.Exchange, routingKey: callers.Queue, cancellationToken: stop);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            Hear(delivery);
            return Task.CompletedTask;
        };
        consumer.UnregisteredAsync += (_, _) => Ended(end, "the queue of the answers is gone");
        channel.ChannelShutdownAsync += (_, reason) => Ended(end, BrokerConnection.Explain(reason));
        await channel.BasicConsumeAsync(callers.Queue, autoAck: true, consumer, stop);
        return channel;
    }

    void Hear(BasicDeliverEventArgs delivery)
    {
        var headers = delivery.BasicProperties.Headers;
        callers.Hand(delivery.BasicProperties.CorrelationId, new Answer
        {
            ClientId = headers?.TryGetValue(Wire.ClientIdHeader, out var client) == true
                && client is byte[] text
                ? Encoding.UTF8.GetString(text)
                : null,
            Body = delivery.Body.ToArray(),
            IsReplay = headers?.ContainsKey(Wire.ReplayedHeader) == true,
        });
    }

    Task Blocked(string? reason)
    {
        _blocked = reason is null ? null : $"RabbitMQ takes nothing: {reason}";
        return Task.CompletedTask;
    }

    static Task Ended(TaskCompletionSource<string> end, string reason)
    {
        end.TrySetResult(reason);
        return Task.CompletedTask;
    }
}
