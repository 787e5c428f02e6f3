using RabbitMQ.Client;
using Reversals.Contracts;

namespace Reversals.Gateway;

/// <summary>
/// What travels beside the bytes of a request: the same for one that is only to be previewed.
/// </summary>
static class RequestProperties
{
    /// <param name="request">Looked at.</param>
    /// <param name="correlationId">By which its answer comes back.</param>
    /// <param name="traceParent">Null: there is none.</param>
    /// <param name="clock">Says when it is sent.</param>
    internal static BasicProperties Of(
        CheckedRequest.Authentic request, string correlationId, string? traceParent, TimeProvider clock)
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
}
