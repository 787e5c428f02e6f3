using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Reversals.Contracts;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Outbound;

/// <summary>What became of one publish.</summary>
enum PublishOutcome
{
    /// <summary>No answer in time, or none any more: it may or may not be there.</summary>
    Unknown,

    /// <summary>The broker has it safely.</summary>
    Confirmed,

    /// <summary>Nobody is bound for it.</summary>
    Unroutable,

    /// <summary>The broker refused it: some queue is full.</summary>
    Refused,
}

/// <summary>
/// A connection of its own for publishing: a memory or disk alarm blocks publishing
/// connections, and a blocked consuming connection could not acknowledge. It recovers
/// nothing by itself; the relay makes a new one.
/// </summary>
sealed class EventPublisher : IAsyncDisposable
{
    /// <summary>How long the confirms may take once an alarm at the broker is over.</summary>
    static readonly TimeSpan AfterAlarm = TimeSpan.FromSeconds(5);

    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly string _kind;
    readonly string? _signingKey;
    Wave? _wave;
    volatile TaskCompletionSource? _blocked;

    EventPublisher(IConnection connection, IChannel channel, string kind, string? signingKey)
    {
        _connection = connection;
        _channel = channel;
        _kind = kind;
        _signingKey = signingKey;
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, PublishOutcome.Confirmed);
        channel.BasicNacksAsync += (_, nack) =>
            Settle(nack.DeliveryTag, nack.Multiple, PublishOutcome.Refused);
        channel.BasicReturnAsync += (_, returned) =>
        {
            _wave?.Returned(returned.BasicProperties.MessageId);
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) =>
        {
            _wave?.Abandon();
            return UnblockedAsync();
        };
        connection.ConnectionBlockedAsync += (_, _) =>
        {
            _blocked ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) => UnblockedAsync();
    }

    /// <summary>Why the broker closed the channel; null while it is open.</summary>
    internal string? Problem =>
        _channel.CloseReason is { } reason ? BrokerConnection.Explain(reason) : null;

    internal static string ExchangeFor(string kind) => kind switch
    {
        PaymentReversed.Kind => Wire.PaymentReversedExchange,
        ReversalRejected.Kind => Wire.ReversalRejectedExchange,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no exchange for this kind of event"),
    };

    internal static async Task<EventPublisher> ConnectAsync(
        WorkerOptions options, string kind, CancellationToken stop)
    {
        var factory = BrokerConnection.Factory(options, "reversals-publish");
        var connection = await factory.CreateConnectionAsync(stop);
        try
        {
            var channel = await connection.CreateChannelAsync(
                // The library's own tracking would add a header of its own to each event, and a task.
                new CreateChannelOptions(
                    publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false),
                stop);
            await channel.ExchangeDeclareAsync(
                ExchangeFor(kind), ExchangeType.Fanout, durable: true, cancellationToken: stop);
            return new EventPublisher(connection, channel, kind, options.Events.SigningKey);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The connection first: a broker that blocks publishers does not even answer the end of a channel.
        await _connection.DisposeAsync();
        await _channel.DisposeAsync();
    }

    /// <summary>Publishes the stored bytes in order and waits for the broker's answer to each.</summary>
    /// <param name="rows">The wave.</param>
    /// <param name="giveUp">When there is no answer; ignored while the broker blocks all publishers.</param>
    /// <param name="stop">Not even then an answer is waited for any more.</param>
    /// <returns>For each row what became of it.</returns>
    internal async Task<IReadOnlyList<PublishOutcome>> PublishAsync(
        IReadOnlyList<OutboxRow> rows, CancellationToken giveUp, CancellationToken stop)
    {
        var wave = new Wave(rows);
        List<Activity?> spans = [];
        try
        {
            wave.FirstTag = await _channel.GetNextPublishSequenceNumberAsync(giveUp);
            _wave = wave;
            CrashPoint.Reached("P9-before");
            foreach (var row in rows)
            {
                var span = Traces.Publish(ExchangeFor(_kind), row.TraceParent);
                spans.Add(span);
                await _channel.BasicPublishAsync(
                    ExchangeFor(_kind), routingKey: "", mandatory: true,
                    Properties(row, span?.Id ?? row.TraceParent), row.Body, giveUp);
            }

            CrashPoint.Reached("P9-after");
            await wave.Settled.WaitAsync(giveUp);
            CrashPoint.Reached("P10-before");
        }
        catch (Exception error) when (IsOfTheBroker(error))
        {
            // What was not answered by now stays unknown.
        }

        if (_blocked is { } blocked)
        {
            // An alarm at the broker: a new connection would be blocked just the same, and this one has the
            // events on their way already.
            await Task.WhenAny(blocked.Task, Task.Delay(Timeout.Infinite, stop));
            await Task.WhenAny(wave.Settled, Task.Delay(AfterAlarm, stop));
        }

        var outcomes = wave.Outcomes();
        End(spans, outcomes);
        return outcomes;
    }

    /// <summary>Errors that say nothing about the event: refused, closed, or no answer in time.</summary>
    internal static bool IsOfTheBroker(Exception error) => error
        is RabbitMQClientException or OperationCanceledException or ObjectDisposedException
        or IOException or System.Net.Sockets.SocketException or TimeoutException
        or System.Threading.Channels.ChannelClosedException;

    Task UnblockedAsync()
    {
        var blocked = _blocked;
        _blocked = null;
        blocked?.TrySetResult();
        return Task.CompletedTask;
    }

    Task Settle(ulong tag, bool multiple, PublishOutcome outcome)
    {
        _wave?.Settle(tag, multiple, outcome);
        return Task.CompletedTask;
    }

    static void End(List<Activity?> spans, PublishOutcome[] outcomes)
    {
        foreach (var (span, outcome) in spans.Zip(outcomes))
        {
            if (span is not null && outcome != PublishOutcome.Confirmed)
            {
                span.SetStatus(ActivityStatusCode.Error, outcome.ToString());
            }

            span?.Dispose();
        }
    }

    BasicProperties Properties(OutboxRow row, string? traceParent)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [Wire.ClientIdHeader] = row.ClientId,
        };
        if (row.Replayed)
        {
            headers[Wire.ReplayedHeader] = true;
        }

        if (traceParent is not null)
        {
            headers[Wire.TraceParentHeader] = traceParent;
        }

        if (_signingKey is not null)
        {
            headers[Wire.SignatureHeader] = Signature.Compute(row.Body, _signingKey);
        }

        return new BasicProperties
        {
            MessageId = row.EventId.ToString(),
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Type = _kind,
            Headers = headers,
        };
    }
}
