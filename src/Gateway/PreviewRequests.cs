using System.Globalization;
using RabbitMQ.Client;

namespace Reversals.Gateway;

/// <summary>
/// <c>POST /reversal/preview</c>: asks a worker what it would answer now. Nothing is carried out whatever
/// happens, so no caller is told that its end is not known.
/// </summary>
sealed class PreviewRequests(
    WaitingCallers callers, BrokerLink broker, GatewayOptions options, TimeProvider clock,
    ILogger<PreviewRequests> log)
{
    internal const string Path = ReversalEndpoint.Path + "/preview";

    /// <summary>Of the places for callers who wait; the others are for reversals alone.</summary>
    const int PartOfPlaces = 4;

    readonly int _most = Math.Max(1, options.Http.MaxWaiting / PartOfPlaces);
    int _waiting;

    internal async Task<HttpAnswer> AskAsync(
        CheckedRequest.Authentic request, string? traceParent, CancellationToken gone)
    {
        try
        {
            return Interlocked.Increment(ref _waiting) <= _most
                ? await AskWorkerAsync(request, traceParent, gone)
                : Of(GatewayAnswer.TooMany);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    async Task<HttpAnswer> AskWorkerAsync(
        CheckedRequest.Authentic request, string? traceParent, CancellationToken gone)
    {
        using var caller = callers.Add(request.ClientId);
        if (caller is null)
        {
            return Of(GatewayAnswer.TooMany);
        }

        using var late = new CancellationTokenSource(options.Http.AnswerTimeout, clock);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(late.Token, gone);
        try
        {
            var properties = Expiring(
                RequestProperties.Of(request, caller.CorrelationId, traceParent, clock));
            var sent = await broker.PreviewAsync(properties, request.Body, giveUp.Token)
                .WaitAsync(giveUp.Token);
            if (sent is PreviewSent.NotAsked { Problem: var problem })
            {
                Log.PreviewNotAsked(log, problem);
                return Of(GatewayAnswer.PreviewNotAsked);
            }

            return HttpAnswer.Of(await caller.Answer.WaitAsync(giveUp.Token)) ?? Unreadable();
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            Log.PreviewNotAnswered(log, request.ClientId, options.Http.AnswerTimeout.TotalSeconds);
            return Of(GatewayAnswer.PreviewNotAnswered);
        }
    }

    /// <summary>
    /// Nobody waits for it any longer than this, so the broker need not keep it longer or safer.
    /// </summary>
    BasicProperties Expiring(BasicProperties properties)
    {
        properties.DeliveryMode = DeliveryModes.Transient;
        properties.Expiration =
            ((long)options.Http.AnswerTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        return properties;
    }

    HttpAnswer Of(GatewayAnswer told) => HttpAnswer.Of(told, clock);

    HttpAnswer Unreadable()
    {
        Log.PreviewUnreadable(log);
        return Of(GatewayAnswer.PreviewFailed);
    }
}
