using MassTransit;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Worker.Batching;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Inbound;

/// <summary>
/// The whole story of one message: verify, read, hand over, await its own outcome. Returning acknowledges it,
/// so it returns only when the outcome is committed. It throws only when the worker is stopping: the broker
/// then gives the message to somebody else.
/// </summary>
sealed class ReversalConsumer(
    Authenticator authenticator,
    GroupCommit<ReversalRequest> reversals,
    GroupCommit<QuarantinedMessage> quarantine,
    QuarantineLog quarantineLog,
    TimeProvider clock,
    ILogger<ReversalConsumer> log) : IConsumer<ReversalRequested>
{
    public async Task Consume(ConsumeContext<ReversalRequested> context)
    {
        Metrics.Taken();
        try
        {
            await HandleAsync(context);
        }
        finally
        {
            Metrics.Settled();
        }
    }

    async Task HandleAsync(ConsumeContext<ReversalRequested> context)
    {
        CrashPoint.Reached("P0-after");
        var receivedAt = clock.GetUtcNow();
        context.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery);
        CrashPoint.Reached("P1-before");
        var sender = authenticator.Check(context.Message);
        CrashPoint.Reached("P1-after");
        var cause = TooLarge(context.Message, delivery?.Properties)
            ?? sender.Failure
            ?? await CommitAsync(context, sender.ClientId, receivedAt);
        if (cause is not null)
        {
            await QuarantineAsync(context, delivery?.Properties, sender.ClientId, cause, receivedAt);
        }
    }

    /// <summary>Null: committed and answered. Otherwise why the message is to be quarantined.</summary>
    async Task<Reason?> CommitAsync(
        ConsumeContext<ReversalRequested> context, string clientId, DateTimeOffset receivedAt)
    {
        try
        {
            var request = RequestReader.Read(context.Message, clientId, receivedAt);
            if (await reversals.SubmitAsync(request, context.CancellationToken) is not { } error)
            {
                CrashPoint.Reached("P6-after");
                return null;
            }

            Log.FailsAlone(log, error);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.FailsAlone(log, error);
        }

        return Reason.InternalError;
    }

    static Reason? TooLarge(ReversalRequested message, IReadOnlyBasicProperties? properties) =>
        message.Body.Length > Wire.MaxBodyBytes ? Reason.BodyTooLarge
        : AmqpHeaders.Size(properties) > Wire.MaxHeaderBytes ? Reason.HeadersTooLarge
        : null;

    async Task QuarantineAsync(
        ConsumeContext<ReversalRequested> context, IReadOnlyBasicProperties? properties, string client,
        Reason cause, DateTimeOffset receivedAt)
    {
        var error = await quarantine.SubmitAsync(
            new QuarantinedMessage
            {
                Cause = cause.Code,
                Detail = cause.Message,
                ClientId = context.Message.ClientId,
                Signature = context.Message.Signature,
                Headers = AmqpHeaders.ToJson(properties),
                Body = context.Message.Body.ToArray(),
                SentAt = context.Message.SentAt,
                ReceivedAt = receivedAt,
            },
            context.CancellationToken);
        if (error is not null)
        {
            // Not even quarantine takes it: it stays with the broker rather than being lost.
            throw new OperationCanceledException("The message could not be quarantined.", error);
        }

        Metrics.Quarantined(cause, client);
        quarantineLog.Add(cause, client);
    }
}
