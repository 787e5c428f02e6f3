using RabbitMQ.Client;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Inbound;

/// <summary>
/// The requests of paused clients: kept when they come, and decided once their client may go on, as if they
/// came then with the time of their receipt.
/// </summary>
sealed class ParkedRequests(
    Parked parked, MessageHandler handler, TimeProvider clock)
{
    /// <summary>Decided together; more wait until these are done.</summary>
    const int AtOnce = 500;

    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>As it is kept.</summary>
    internal static ParkedRequest Of(
        ReceivedMessage message, string clientId, DateTimeOffset receivedAt) => new()
    {
        ClientId = clientId,
        Headers = HeaderJson.Write(message.Properties),
        Body = message.Request.Body.ToArray(),
        SentAt = message.Request.SentAt?.UtcDateTime,
        CorrelationId = message.Request.CorrelationId,
        MessageId = message.Request.MessageId,
        IsRedelivered = message.Request.IsRedelivered,
        ReceivedAt = receivedAt.UtcDateTime,
    };

    internal Task RunAsync(CancellationToken stop) =>
        Repeating.EveryAsync(Interval, clock, TryDecideAsync, stop);

    async Task TryDecideAsync(CancellationToken stop)
    {
        try
        {
            while (await parked.TakeAsync(AtOnce, stop) is { Count: > 0 } taken)
            {
                await Task.WhenAll(taken.Select(one => DecideAsync(one, stop)));
                await parked.RemoveAsync([.. taken.Select(one => one.Id)], stop);
            }
        }
        catch (Exception error)
            when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // What was given back is decided again; who lost the database says so elsewhere.
        }
    }

    Task DecideAsync(ParkedRequest one, CancellationToken stop)
    {
        var properties = new BasicProperties
        {
            Headers = HeaderJson.Read(one.Headers),
            CorrelationId = one.CorrelationId,
            MessageId = one.MessageId,
        };
        if (one.SentAt is { } sentAt)
        {
            properties.Timestamp = new AmqpTimestamp(
                new DateTimeOffset(sentAt, TimeSpan.Zero).ToUnixTimeSeconds());
        }

        return handler.DecideAsync(
            ReceivedMessage.Read(one.Body, properties, one.IsRedelivered), one.ClientId,
            new DateTimeOffset(one.ReceivedAt, TimeSpan.Zero), stop);
    }
}
