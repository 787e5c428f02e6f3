using Reversals.Contracts;
using Reversals.Processing.Batching;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.Processing.Watching;

namespace Reversals.Processing.Inbound;

/// <summary>
/// The whole story of one message: verify, read, hand over, await its own outcome. Returning acknowledges it,
/// so it returns only when the outcome is committed. It throws only when the worker is stopping: the broker
/// then gives the message to somebody else.
/// </summary>
sealed class MessageHandler(
    Live<Authenticator> authenticator,
    GroupCommit<ReversalRequest> reversals,
    GroupCommit<QuarantinedMessage> quarantine,
    QuarantineLog quarantineLog,
    PauseWatch pauses,
    TimeProvider clock,
    ILogger<MessageHandler> log)
{
    internal async Task HandleAsync(ReceivedMessage message, CancellationToken stop)
    {
        Metrics.Taken();
        try
        {
            await AdmitAsync(message, stop);
        }
        finally
        {
            Metrics.Settled();
        }
    }

    async Task AdmitAsync(ReceivedMessage message, CancellationToken stop)
    {
        CrashPoint.Reached("after-receive");
        var receivedAt = clock.GetUtcNow();
        CrashPoint.Reached("before-verify");
        var sender = Admission.Check(message, authenticator.Value);
        CrashPoint.Reached("after-verify");
        ClientMetrics.Received(sender.ClientId);
        if (sender.Failure is { } cause)
        {
            // Nobody is answered who is not known.
            await QuarantineAsync(message, sender.ClientId, cause, receivedAt, outcome: null, stop);
        }
        else if (pauses.Keeps(sender.ClientId))
        {
            await SetAsideAsync(Admission.Keep(message, sender.ClientId, receivedAt), stop);
            Metrics.Quarantined(Pause.Cause);
        }
        else
        {
            await DecideAsync(message, sender.ClientId, receivedAt, stop);
        }
    }

    /// <summary>What fails alone is quarantined with what could be read of it, and answered.</summary>
    async Task DecideAsync(
        ReceivedMessage message, string clientId, DateTimeOffset receivedAt, CancellationToken stop)
    {
        ReversalRequest? request = null;
        try
        {
            request = RequestReader.Read(message.Request, clientId, receivedAt);
            if (await reversals.SubmitAsync(request, stop) is not Failed failed)
            {
                CrashPoint.Reached("after-tell-outcome");
                return;
            }

            Log.FailsAlone(log, failed.Error);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.FailsAlone(log, error);
        }

        var outcome = Outcome.InternalError(
            request ?? RequestReader.Unread(message.Request, clientId, receivedAt), clock.GetUtcNow());
        await QuarantineAsync(message, clientId, Reason.InternalError, receivedAt, outcome, stop);
    }

    async Task QuarantineAsync(
        ReceivedMessage message, string client, Reason cause, DateTimeOffset receivedAt, Outcome? outcome,
        CancellationToken stop)
    {
        await SetAsideAsync(
            Admission.SetAside(message, client, cause, receivedAt) with { Outcome = outcome }, stop);
        Metrics.Quarantined(cause, client);
        quarantineLog.Add(cause, client);
    }

    async Task SetAsideAsync(QuarantinedMessage message, CancellationToken stop)
    {
        if (await quarantine.SubmitAsync(message, stop) is Failed failed)
        {
            // Not even quarantine takes it: it stays with the broker rather than being lost.
            throw new OperationCanceledException("The message could not be quarantined.", failed.Error);
        }
    }
}
