using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Reversals.Contracts;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>
/// <c>POST /reversal</c>: looks at the request, publishes its exact bytes, and waits for the event that
/// answers this request and no other.
/// </summary>
sealed class ReversalEndpoint(
    RequestCheck check, WaitingCallers callers, BrokerLink broker, GatewayMetrics metrics,
    UnansweredRequests unanswered, PreviewRequests previews, GatewayOptions options, TimeProvider clock,
    ILogger<ReversalEndpoint> log)
{
    internal const string Path = "/reversal";

    /// <summary>Gets the answer to a request.</summary>
    delegate Task<HttpAnswer> Ask(
        CheckedRequest.Authentic request, string? traceParent, CancellationToken gone);

    internal async Task AnswerAsync(HttpContext context)
    {
        var began = clock.GetTimestamp();
        var answer = await AnswerToAsync(context, Path, AskAsync, GatewayAnswer.Failed);
        metrics.Answered(answer, clock.GetElapsedTime(began));
        await answer.WriteAsync(context, options.Http);
    }

    /// <summary>The same with nothing carried out.</summary>
    internal async Task PreviewAsync(HttpContext context)
    {
        var answer = await AnswerToAsync(
            context, PreviewRequests.Path, previews.AskAsync, GatewayAnswer.PreviewFailed);
        metrics.Previewed(answer);
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

    /// <summary>Any other method of these paths.</summary>
    internal Task NotPostAsync(HttpContext context) =>
        IsAt(context, Path) || IsAt(context, PreviewRequests.Path)
            ? NotAllowedAsync(context, HttpMethods.Post)
            : NotFoundAsync(context);

    internal Task NotAllowedAsync(HttpContext context, string allowed) =>
        (Of(GatewayAnswer.NotAllowed) with { Allow = allowed }).WriteAsync(context, options.Http);

    /// <summary>Routing takes another case, and a slash at the end, for the same path.</summary>
    static bool IsAt(HttpContext context, string path) =>
        path.Equals(context.Request.Path.Value, StringComparison.Ordinal);

    /// <param name="context">Of the caller.</param>
    /// <param name="path">The one that it has to have used.</param>
    /// <param name="askAsync">Gets the answer to a request that is authentic.</param>
    /// <param name="failed">What its caller is told when the gateway itself fails.</param>
    async Task<HttpAnswer> AnswerToAsync(
        HttpContext context, string path, Ask askAsync, GatewayAnswer failed)
    {
        if (!IsAt(context, path))
        {
            return Of(GatewayAnswer.NotFound);
        }

        var gone = context.RequestAborted;
        try
        {
            return await check.ReadAsync(context.Request, gone) switch
            {
                CheckedRequest.Authentic request => await askAsync(request, TraceParent(context), gone),
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
            return Of(failed);
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
                RequestProperties.Of(request, caller.CorrelationId, traceParent, clock), request.Body,
                giveUp.Token);
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
