using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Processing.Outbound;

/// <summary>
/// A connection of its own for publishing: a memory or disk alarm blocks publishing
/// connections, and a blocked consuming connection could not acknowledge. It recovers
/// nothing by itself; the relay makes a new one.
/// </summary>
sealed class EventPublisher : IAsyncDisposable
{
    /// <summary>How long the confirms may take once an alarm at the broker is over.</summary>
    static readonly TimeSpan AfterAlarm = TimeSpan.FromSeconds(5);

    readonly PublishingConnection _connection;
    readonly string _kind;
    readonly Live<EventSigner> _signer;
    TaskCompletionSource? _blocked;

    EventPublisher(PublishingConnection connection, string kind, Live<EventSigner> signer)
    {
        _connection = connection;
        _kind = kind;
        _signer = signer;
        connection.Connection.ConnectionBlockedAsync += (_, _) =>
        {
            Interlocked.CompareExchange(
                ref _blocked, new(TaskCreationOptions.RunContinuationsAsynchronously), comparand: null);
            return Task.CompletedTask;
        };
        connection.Connection.ConnectionUnblockedAsync += (_, _) =>
        {
            Interlocked.Exchange(ref _blocked, value: null)?.TrySetResult();
            return Task.CompletedTask;
        };
    }

    ConfirmedPublisher Channel => _connection.Publisher;

    /// <summary>Why the broker closed the channel; null while it is open.</summary>
    internal string? Problem =>
        Channel.CloseReason is { } reason ? BrokerConnection.Explain(reason) : null;

    /// <summary>
    /// The broker closed the channel of the last batch over one of its events. A missing exchange, a right
    /// that is lacking and a fault of the broker's own are no event's fault.
    /// </summary>
    internal bool IsClosedOverEvent { get; private set; }

    internal static string ExchangeFor(string kind) => kind switch
    {
        PaymentReversed.Kind => Wire.PaymentReversedExchange,
        ReversalRejected.Kind => Wire.ReversalRejectedExchange,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no exchange for this kind of event"),
    };

    internal static async Task<EventPublisher> ConnectAsync(
        WorkerOptions options, Live<EventSigner> signer, string kind, CancellationToken stop)
    {
        var connection = await PublishingConnection.OpenAsync(
            options.Broker, "reversals-publish",
            opened => DeclareAsync(opened, ExchangeFor(kind), stop), stop);
        return new EventPublisher(connection, kind, signer);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <inheritdoc cref="PublishingConnection.ReopenAsync"/>
    internal Task ReopenAsync(CancellationToken stop) => _connection.ReopenAsync(stop);

    /// <summary>Publishes the stored bytes in order and waits for the broker's answer to each.</summary>
    /// <param name="rows">The batch.</param>
    /// <param name="giveUp">When there is no answer; ignored while the broker blocks all publishers.</param>
    /// <param name="stop">Not even then an answer is waited for any more.</param>
    /// <returns>For each row what became of it.</returns>
    internal async Task<PublishOutcome[]> PublishAsync(
        IReadOnlyList<OutboxRow> rows, CancellationToken giveUp, CancellationToken stop)
    {
        var wasOpen = Channel.CloseReason is null;
        List<Task<PublishResult>> answers = new(rows.Count);
        List<Activity?> spans = [];
        try
        {
            CrashPoint.Reached("before-publish");
            foreach (var row in rows)
            {
                var span = Traces.Publish(ExchangeFor(_kind), row.TraceParent);
                spans.Add(span);
                var properties = Properties(_kind, row, span?.Id ?? row.TraceParent, _signer.Value);
                var sent = await Channel.SendAsync(ExchangeFor(_kind), properties, row.Body, giveUp);
                answers.Add(sent.Answer);
            }

            CrashPoint.Reached("after-publish");
            await Task.WhenAll(answers).WaitAsync(giveUp);
            CrashPoint.Reached("before-confirm");
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            // What was not answered by now stays unknown.
        }

        if (Volatile.Read(ref _blocked) is { } blocked)
        {
            // An alarm at the broker: a new connection would be blocked just the same, and this one has the
            // events on their way already.
            await Task.WhenAny(blocked.Task, Channel.Closed, Task.Delay(Timeout.Infinite, stop));
            await Task.WhenAny(Task.WhenAll(answers), Task.Delay(AfterAlarm, stop));
        }

        IsClosedOverEvent = wasOpen && _connection.Connection.IsOpen
            && Channel.CloseReason is { Initiator: ShutdownInitiator.Peer, ReplyCode: var code }
            && code is Constants.PreconditionFailed or Constants.ContentTooLarge;
        var outcomes = PublishOutcomes.Of(answers, rows.Count);
        End(spans, outcomes);
        return outcomes;
    }

    static async Task DeclareAsync(IConnection connection, string exchange, CancellationToken stop)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: stop);
        await using var end = new QuickEnd(channel);
        await channel.ExchangeDeclareAsync(
            exchange, ExchangeType.Fanout, durable: true, cancellationToken: stop);
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

    /// <summary>What an event carries beside its body, whoever publishes it.</summary>
    internal static BasicProperties Properties(
        string kind, OutboxRow row, string? traceParent, EventSigner signer)
    {
        var properties = EventProperties.Of(
            row.EventId, row.CorrelationId, row.ClientId, row.Replayed, DeliveryModes.Persistent);
        properties.Type = kind;
        if (traceParent is not null)
        {
            properties.Headers![Wire.TraceParentHeader] = traceParent;
        }

        signer.Sign(properties.Headers!, row.Body);

        return properties;
    }
}
