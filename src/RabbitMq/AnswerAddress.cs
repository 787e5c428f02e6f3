namespace Reversals.RabbitMq;

/// <summary>
/// How an answer finds the one replica of the gateway whose caller waits for it. The relay sends the event
/// once more to an exchange of its own: a gateway's queue bound to the event exchanges would count as a
/// subscriber, and an event that nobody else gets would leave the outbox.
/// </summary>
static class AnswerAddress
{
    /// <summary>Exchange (direct); the routing key is the address of the replica.</summary>
    internal const string Exchange = "reversal-answers";

    /// <summary>How the address of each replica begins, and the name of each of its queues.</summary>
    internal const string Prefix = "reversal-gateway-";

    const char Separator = '.';

    /// <summary>The correlation-id of one request, which says where its answer goes.</summary>
    internal static string CorrelationId(string replica, string request) => $"{replica}{Separator}{request}";

    /// <summary>The replica that waits for the answer; null: none does.</summary>
    internal static string? ReplicaOf(string? correlationId) =>
        correlationId is not null && correlationId.StartsWith(Prefix, StringComparison.Ordinal)
            && correlationId.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var end
            ? correlationId[..end]
            : null;
}
