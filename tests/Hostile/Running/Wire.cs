using RabbitMQ.Client;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Running;

/// <summary>
/// How a message and what became of it find each other again: the event carries on the trace of its request,
/// and the quarantine keeps all headers. So it is for every message, however little of it could be read.
/// </summary>
static class Wire
{
    internal const string Requests = "reversal-requested";
    internal const string DeadLetters = "reversal-requested-dead-letter";
    internal const string Reversed = "payment-reversed";
    internal const string Rejected = "reversal-rejected";

    const string TraceHeader = "traceparent";
    const string Hostile = "bad00000";
    const string Good = "600d0000";

    internal static BasicProperties Properties(Message message, int number, bool good = false)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>(message.Headers, StringComparer.Ordinal)
            {
                [TraceHeader] = Trace(number, good),
            },
        };
        message.Change?.Invoke(properties);
        return properties;
    }

    internal static string Trace(int number, bool good = false) => string.Create(CultureInfo.InvariantCulture,
        $"00-{(good ? Good : Hostile)}00000000{number:x16}-00000000000000aa-01");

    /// <summary>The number in a trace; null when it is none of ours.</summary>
    internal static int? Number(string? trace, bool good = false) =>
        trace is { Length: 55 } && trace.AsSpan(3, 8).SequenceEqual(good ? Good : Hostile)
        && int.TryParse(trace.AsSpan(19, 16), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    internal static string? TraceOf(IReadOnlyBasicProperties properties) =>
        properties.Headers is { } headers && headers.TryGetValue(TraceHeader, out var value)
            && value is byte[] bytes
            ? System.Text.Encoding.ASCII.GetString(bytes)
            : null;
}
