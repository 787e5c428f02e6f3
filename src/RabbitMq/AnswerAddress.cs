namespace Reversals.RabbitMq;

/// <summary>
/// How an answer finds the one replica of the gateway whose caller waits for it. The relay sends the event
/// once more to an exchange of its own: a gateway's queue bound to the event exchanges would count as a
/// subscriber, and an event that nobody else gets would leave the outbox.
/// </summary>
static class AnswerAddress
{
    /// <summary>Exchange (direct); the routing key is the queue of the replica.</summary>
    internal const string Exchange = "reversal-answers";

    /// <summary>How the queue of each replica begins.</summary>
    internal const string QueuePrefix = "reversal-gateway-";

    const char Separator = '.';

    /// <summary>The correlation-id of one request, which says where its answer goes.</summary>
    internal static string CorrelationId(string queue, string request) => $"{queue}{Separator}{request}";

    /// <summary>The queue that waits for the answer; null: no gateway does.</summary>
    internal static string? QueueOf(string? correlationId) =>
        correlationId is not null && correlationId.StartsWith(QueuePrefix, StringComparison.Ordinal)
            && correlationId.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var end
            ? correlationId[..end]
            : null;
}
