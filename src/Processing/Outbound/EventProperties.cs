using RabbitMQ.Client;
using Reversals.Contracts;

namespace Reversals.Processing.Outbound;

/// <summary>What the properties of an event say, whoever gets it.</summary>
static class EventProperties
{
    internal static BasicProperties Of(
        Guid eventId, string? correlationId, string clientId, bool isReplay, DeliveryModes mode)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [Wire.ClientIdHeader] = clientId,
        };
        if (isReplay)
        {
            headers[Wire.ReplayedHeader] = true;
        }

        return new BasicProperties
        {
            MessageId = eventId.ToString(),
            CorrelationId = correlationId,
            ContentType = Wire.ContentType,
            DeliveryMode = mode,
            Headers = headers,
        };
    }
}
