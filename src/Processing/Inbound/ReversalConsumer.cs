using MassTransit;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Batching;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Inbound;

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
    static readonly Rejected InternalError = new() { Rejection = Rejection.For(Reason.InternalError) };

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
        var sender = Check(context.Message, delivery?.Properties);
        CrashPoint.Reached("P1-after");
        if (sender.Failure is { } cause)
        {
            // Nobody is answered who is not known.
            await QuarantineAsync(context, delivery?.Properties, sender.ClientId, cause, receivedAt);
        }
        else if (await FailureAsync(context, sender.ClientId, receivedAt) is { } failed)
        {
            await QuarantineAsync(
                context, delivery?.Properties, sender.ClientId, Reason.InternalError, receivedAt,
                Outcome.To(InternalError, failed, Guid.CreateVersion7(receivedAt), clock.GetUtcNow()));
        }
    }

    /// <summary>
    /// Null: committed and answered. Otherwise what could be read of the request, which fails alone.
    /// </summary>
    async Task<ReversalRequest?> FailureAsync(
        ConsumeContext<ReversalRequested> context, string clientId, DateTimeOffset receivedAt)
    {
        ReversalRequest? request = null;
        try
        {
            request = RequestReader.Read(context.Message, clientId, receivedAt);
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

        return request ?? RequestReader.Unread(context.Message, clientId, receivedAt);
    }

    /// <summary>What is too large or says two things is not worth a look at its signature.</summary>
    Authentication Check(ReversalRequested message, IReadOnlyBasicProperties? properties) =>
        Admission.Refusal(message, properties) is { } refusal
            ? new Authentication { ClientId = authenticator.Claimed(message), Failure = refusal }
            : authenticator.Check(message);

    async Task QuarantineAsync(
        ConsumeContext<ReversalRequested> context, IReadOnlyBasicProperties? properties, string client,
        Reason cause, DateTimeOffset receivedAt, Outcome? answer = null)
    {
        var message = Admission.SetAside(context.Message, properties, client, cause, receivedAt) with
        {
            Outcome = answer,
        };
        var error = await quarantine.SubmitAsync(message, context.CancellationToken);
        if (error is not null)
        {
            // Not even quarantine takes it: it stays with the broker rather than being lost.
            throw new OperationCanceledException("The message could not be quarantined.", error);
        }

        Metrics.Quarantined(cause, client);
        quarantineLog.Add(cause, client);
    }
}
