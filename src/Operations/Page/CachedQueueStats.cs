using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Page;

/// <summary>The queues as they were a moment ago, or why they cannot be seen.</summary>
sealed record QueueReport
{
    public IReadOnlyList<QueueState> Queues { get; init; } = [];

    /// <summary>Null: the broker answered.</summary>
    public string? Problem { get; init; }
}

/// <summary>
/// Asks the broker for its queues, at most every few seconds however often the page is loaded, and never
/// longer than an operator waits.
/// </summary>
sealed class CachedQueueStats(WorkerOptions options, TimeProvider clock)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    Task<QueueReport>? _report;
    long _readAt;

    internal Task<QueueReport> ReadAsync()
    {
        lock (_gate)
        {
            if (_report is null || clock.GetElapsedTime(_readAt) > Fresh)
            {
                (_readAt, _report) = (clock.GetTimestamp(), LoadAsync());
            }

            return _report;
        }
    }

    async Task<QueueReport> LoadAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout, clock);
        try
        {
            return new QueueReport { Queues = await BrokerQueues.ReadAsync(options, timeout.Token) };
        }
        catch (Exception error)
        {
            var problem = timeout.IsCancellationRequested
                ? $"no answer within {Format.Span(Timeout)}"
                : BrokerConnection.Explain(error);
            return new QueueReport
            {
                Problem = $"RabbitMQ at {BrokerConnection.Address(options.Broker)}: {problem}",
            };
        }
    }
}
