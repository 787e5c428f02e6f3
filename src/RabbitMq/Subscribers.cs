using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>Who is bound to an exchange of events.</summary>
sealed record Subscribers
{
    public required string Exchange { get; init; }

    /// <summary>Names of the queues and exchanges.</summary>
    public required IReadOnlyList<string> Bound { get; init; }

    /// <summary>What is wrong, and what to do about it; null: nothing.</summary>
    public string? Problem => Bound.Count == 0
        ? $"nobody is bound to {Exchange}: its events wait in the outbox. Bind each subscriber's queue"
        : null;

    /// <summary>
    /// Asks the management plugin of the nodes, as nothing else tells it; nobody, where nobody asks.
    /// </summary>
    internal static Task<SubscribersReport> ReadAsync(BrokerOptions options, CancellationToken stop) =>
        options.HasSeveral || options.ManagementPort is not null
            ? ManagementApi.SubscribersAsync(
                options, [Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange], stop)
            : Task.FromResult(new SubscribersReport
            {
                Problem = "not known without RabbitMq:ManagementPort; a worker says so once an event finds " +
                    "nobody. See: rabbitmqctl list_bindings source_name destination_name",
            });

    /// <param name="exchange">Its name.</param>
    /// <param name="bindings">As the management plugin tells them.</param>
    internal static Subscribers Of(string exchange, JsonElement bindings) => new()
    {
        Exchange = exchange,
        Bound = [.. bindings.EnumerateArray().Select(one => one.GetProperty("destination").ToString())],
    };
}

/// <summary>Who is bound, as far as it is known.</summary>
sealed record SubscribersReport
{
    public IReadOnlyList<Subscribers> Exchanges { get; init; } = [];

    /// <summary>Why it is not known; null: it is.</summary>
    public string? Problem { get; init; }
}
