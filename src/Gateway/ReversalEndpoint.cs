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
    GatewayOptions options, TimeProvider clock, ILogger<ReversalEndpoint> log)
{
    internal const string Path = "/reversal";

    int _places = options.Http.MaxWaiting;

    internal async Task AnswerAsync(HttpContext context)
    {
        var began = clock.GetTimestamp();
        HttpAnswer answer;
        if (!Path.Equals(context.Request.Path.Value, StringComparison.Ordinal))
        {
            // Routing takes another case and a slash behind it for the same.
            answer = NotFound();
        }
        else if (Interlocked.Decrement(ref _places) < 0)
        {
            Interlocked.Increment(ref _places);
            answer = Unavailable("too many requests are under way");
        }
        else
        {
            try
            {
                answer = await AnswerToAsync(context);
            }
            finally
            {
                Interlocked.Increment(ref _places);
            }
        }

        metrics.Answered(answer, clock.GetElapsedTime(began));
        await answer.WriteAsync(context, options.Http);
    }

    internal Task NotFoundAsync(HttpContext context) => NotFound().WriteAsync(context, options.Http);

    internal Task NotAllowedAsync(HttpContext context) => !Path.Equals(
        context.Request.Path.Value, StringComparison.Ordinal)
        ? NotFoundAsync(context)
        : HttpAnswer.Of(StatusCodes.Status405MethodNotAllowed, Rc.InvalidTransaction, "POST only", clock)
            .WriteAsync(context, options.Http);

    async Task<HttpAnswer> AnswerToAsync(HttpContext context)
    {
        var gone = context.RequestAborted;
        try
        {
            return await check.ReadAsync(context.Request, gone) switch
            {
                CheckedRequest.Authentic request => await AskAsync(request, TraceParent(context), gone),
                CheckedRequest.Refused no => HttpAnswer.Of(no.Status, no.Rc, no.Message, clock),
                _ => throw new UnreachableException(),
            };
        }
        catch (BadHttpRequestException error)
        {
            return HttpAnswer.Of(
                error.StatusCode, Rc.InvalidTransaction, "the request cannot be read", clock);
        }
        catch (Exception error) when (
            error is OperationCanceledException or ConnectionResetException or IOException
            && gone.IsCancellationRequested)
        {
            // Nobody is there any more to read it; whatever was published is carried out.
            return HttpAnswer.Of(
                StatusCodes.Status499ClientClosedRequest, Rc.SuspectTransaction, "the caller is gone", clock);
        }
        catch (Exception error)
        {
            Log.RequestFailed(log, error);
            return HttpAnswer.Of(
                StatusCodes.Status500InternalServerError, Rc.SuspectTransaction, Unsure, clock);
        }
    }

    async Task<HttpAnswer> AskAsync(
        CheckedRequest.Authentic request, string? traceParent, CancellationToken gone)
    {
        using var caller = callers.Add(request.ClientId);
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
                return Unavailable(result is PublishResult.NotSent
                    ? "the queue is out of reach, nothing was sent"
                    : "the queue takes nothing, nothing was sent");
            }

            return HttpAnswer.Of(await caller.Answer.WaitAsync(giveUp.Token)) ?? Unreadable();
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            Log.NotAnswered(log, request.ClientId);
            return Suspect();
        }
    }

    static BasicProperties Properties(
        CheckedRequest.Authentic request, string correlationId, string? traceParent)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [Wire.SignatureHeader] = request.Signature,
            [Wire.ClientIdHeader] = request.ClientId,
            // It is not to be applied behind the back of a caller who was told no.
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

    const string Unsure = "not sure whether it was applied; send it again with the same reference_id";

    HttpAnswer NotFound() =>
        HttpAnswer.Of(StatusCodes.Status404NotFound, Rc.InvalidTransaction, "no such path", clock);

    HttpAnswer Unavailable(string message) => HttpAnswer.Of(
        StatusCodes.Status503ServiceUnavailable, Rc.GatewayInvalidResponse, message, clock);

    HttpAnswer Suspect() => HttpAnswer.Of(StatusCodes.Status200OK, Rc.SuspectTransaction, Unsure, clock);

    HttpAnswer Unreadable()
    {
        Log.AnswerUnreadable(log);
        return Suspect();
    }
}
