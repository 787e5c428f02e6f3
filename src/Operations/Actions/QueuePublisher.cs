using Reversals.Processing.Configuration;
using Reversals.Processing.Outbound;
using Reversals.RabbitMq;

namespace Reversals.Operations.Actions;

/// <summary>Publishes stored events to one queue and to nobody else: its neighbours hear nothing.</summary>
sealed class QueuePublisher : IAsyncDisposable
{
    /// <summary>How long the broker may take to confirm a portion; an alarm there takes longer.</summary>
    static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    readonly PublishingConnection _connection;
    readonly string _queue;
    readonly EventSigner _signer;

    QueuePublisher(PublishingConnection connection, string queue, EventSigner signer) =>
        (_connection, _queue, _signer) = (connection, queue, signer);

    internal static async Task<QueuePublisher> ConnectAsync(
        WorkerOptions options, string queue, CancellationToken stop)
    {
        var connection = await PublishingConnection.OpenAsync(options.Broker, "reversals-operations", stop);
        return new QueuePublisher(connection, queue, new EventSigner(options.Events));
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>
    /// Publishes a portion and waits for the broker's answer to each. What was sent is waited for even when
    /// the operator stops the command, so that it can be counted.
    /// </summary>
    internal async Task<PortionPublished> PublishAsync(IReadOnlyList<StoredEvent> portion)
    {
        using var late = new CancellationTokenSource(AnswerTimeout);
        List<Task<PublishResult>> answers = new(portion.Count);
        try
        {
            foreach (var one in portion)
            {
                var properties = EventPublisher.Properties(
                    one.Kind, one.ToRow(), one.TraceParent, _signer);
                var sent = await _connection.Publisher.SendToQueueAsync(
                    _queue, properties, one.Body, late.Token);
                answers.Add(sent.Answer);
            }

            await Task.WhenAll(answers).WaitAsync(late.Token);
        }
        catch (Exception error) when (BrokerConnection.IsFault(error) || late.IsCancellationRequested)
        {
            // What was not answered by now stays unknown.
        }

        List<PublishResult> results = [.. portion.Select((_, place) => place < answers.Count
            && answers[place].IsCompletedSuccessfully ? answers[place].Result : PublishResult.Unknown)];
        var first = results.FindIndex(result => result != PublishResult.Confirmed);
        return new PortionPublished
        {
            Confirmed = results.Count(result => result == PublishResult.Confirmed),
            FirstLeft = first < 0 ? null : portion[first],
            Problem = first < 0 ? null : Explain(results[first]),
        };
    }

    string Explain(PublishResult result) => result switch
    {
        _ when _connection.Publisher.CloseReason is { } reason => BrokerConnection.Explain(reason),
        PublishResult.Unroutable => $"there is no queue {_queue}",
        PublishResult.Refused => $"the queue {_queue} takes no more: it is full",
        _ => $"no answer within {AnswerTimeout.TotalSeconds:0} s; is there an alarm at the broker?",
    };
}

/// <summary>What became of a portion.</summary>
sealed record PortionPublished
{
    /// <summary>Events that the broker has safely.</summary>
    public required int Confirmed { get; init; }

    /// <summary>The first that it has not; null: it has all.</summary>
    public StoredEvent? FirstLeft { get; init; }

    /// <summary>Why it has not; null: it has all.</summary>
    public string? Problem { get; init; }
}
