using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>
/// <c>POST /reversal</c>: looks at the request, publishes its exact bytes, and waits for the event that
/// answers this request and no other.
/// </summary>
sealed class ReversalEndpoint(
    RequestCheck check, WaitingCallers callers, BrokerLink broker, GatewayMetrics metrics,
    UnansweredRequests unanswered, GatewayOptions options, TimeProvider clock, ILogger<ReversalEndpoint> log)
{
    internal const string Path = "/reversal";

    internal async Task AnswerAsync(HttpContext context)
    {
        var began = clock.GetTimestamp();
        var answer = IsThisPath(context) ? await AnswerToAsync(context) : Of(GatewayAnswer.NotFound);
        metrics.Answered(answer, clock.GetElapsedTime(began));
        await answer.WriteAsync(context, options.Http);
    }

    /// <summary>No caller needs any other coding: its connection ends with this answer.</summary>
    internal Task RefuseOtherCodingsAsync(HttpContext context, RequestDelegate next)
    {
        if (!TransferCoding.IsOther(context.Request))
        {
            return next(context);
        }

        context.Response.Headers.Connection = "close";
        return Of(GatewayAnswer.OtherCoding).WriteAsync(context, options.Http);
    }

    internal Task NotFoundAsync(HttpContext context) =>
        Of(GatewayAnswer.NotFound).WriteAsync(context, options.Http);

    /// <summary>Any other method of this path.</summary>
    internal Task NotPostAsync(HttpContext context) =>
        IsThisPath(context) ? NotAllowedAsync(context, HttpMethods.Post) : NotFoundAsync(context);

    internal Task NotAllowedAsync(HttpContext context, string allowed) =>
        (Of(GatewayAnswer.NotAllowed) with { Allow = allowed }).WriteAsync(context, options.Http);

    /// <summary>Routing takes another case, and a slash at the end, for the same path.</summary>
    static bool IsThisPath(HttpContext context) =>
        Path.Equals(context.Request.Path.Value, StringComparison.Ordinal);

    async Task<HttpAnswer> AnswerToAsync(HttpContext context)
    {
        var gone = context.RequestAborted;
        try
        {
            return await check.ReadAsync(context.Request, gone) switch
            {
                CheckedRequest.Authentic request => await AskAsync(request, TraceParent(context), gone),
                CheckedRequest.Refused refused => Of(refused.Answer),
                _ => throw new UnreachableException(),
            };
        }
        catch (BadHttpRequestException error)
        {
            return Of(GatewayAnswer.OfServer(error.StatusCode));
        }
        catch (Exception error) when (
            error is OperationCanceledException or ConnectionResetException or IOException
            && gone.IsCancellationRequested)
        {
            return Of(GatewayAnswer.CallerGone);
        }
        catch (Exception error)
        {
            Log.RequestFailed(log, error);
            return Of(GatewayAnswer.Failed);
        }
    }

    async Task<HttpAnswer> AskAsync(
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
            var publishing = broker.PublishAsync(
                Properties(request, caller.CorrelationId, traceParent), request.Body, giveUp.Token);
            await Task.WhenAny(publishing, caller.Answer).WaitAsync(giveUp.Token);
            if (publishing.IsCompletedSuccessfully && !caller.Answer.IsCompleted
                && await publishing is { } result and not (PublishResult.Confirmed or PublishResult.Unknown))
            {
                metrics.Unpublished(result);
                return Of(result is PublishResult.NotSent ? GatewayAnswer.NotSent : GatewayAnswer.NotTaken);
            }

            return HttpAnswer.Of(await caller.Answer.WaitAsync(giveUp.Token)) ?? Unreadable();
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            unanswered.Add(request.ClientId);
            return Of(GatewayAnswer.Suspect);
        }
    }

    BasicProperties Properties(
        CheckedRequest.Authentic request, string correlationId, string? traceParent)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [Wire.SignatureHeader] = request.Signature,
            [Wire.ClientIdHeader] = request.ClientId,
            // It must not be applied later, after its caller was told that there is no such payment.
            [Wire.PendingForHeader] = "0",
        };
        if (traceParent is not null)
        {
            headers[Wire.TraceParentHeader] = traceParent;
        }

        return new BasicProperties
        {
            MessageId = correlationId,
            CorrelationId = correlationId,
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            // Once its caller asks again it may be too late for this one.
            Timestamp = new AmqpTimestamp(clock.GetUtcNow().ToUnixTimeSeconds()),
            Headers = headers,
        };
    }

    /// <summary>
    /// This request's span when it is recorded, else the caller's own; null: there is none.
    /// </summary>
    static string? TraceParent(HttpContext context) =>
        Activity.Current is { Recorded: true, Id: { } span } own && own.Source.HasListeners() ? span
        : context.Request.Headers.TraceParent.ToString() is { Length: > 0 } given
            && ActivityContext.TryParse(given, traceState: null, out _)
            ? given
            : null;

    HttpAnswer Of(GatewayAnswer told) => HttpAnswer.Of(told, clock);

    HttpAnswer Unreadable()
    {
        Log.AnswerUnreadable(log);
        return Of(GatewayAnswer.Suspect);
    }
}
