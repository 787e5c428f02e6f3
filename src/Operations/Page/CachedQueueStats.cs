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
/// longer than a person waits.
/// </summary>
sealed class CachedQueueStats(WorkerOptions options, TimeProvider clock)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    Task<QueueReport>? _report;
    long _asked;

    internal Task<QueueReport> ReadAsync()
    {
        lock (_gate)
        {
            if (_report is null || clock.GetElapsedTime(_asked) > Fresh)
            {
                (_asked, _report) = (clock.GetTimestamp(), AskAsync());
            }

            return _report;
        }
    }

    async Task<QueueReport> AskAsync()
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            return new QueueReport { Queues = await BrokerQueues.ReadAsync(options, patience.Token) };
        }
        catch (Exception error)
        {
            var problem = patience.IsCancellationRequested
                ? $"no answer within {Format.Span(Patience)}"
                : BrokerConnection.Explain(error);
            return new QueueReport
            {
                Problem = $"RabbitMQ at {BrokerConnection.Address(options.Broker)}: {problem}",
            };
        }
    }
}
