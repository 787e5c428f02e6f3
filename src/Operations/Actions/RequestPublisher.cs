using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Actions;

/// <summary>
/// Sends stored messages to the requests' exchange again, and knows of each whether the broker has it safely.
/// </summary>
sealed class RequestPublisher : IAsyncDisposable
{
    readonly PublishingConnection _connection;

    RequestPublisher(PublishingConnection connection) => _connection = connection;

    internal static async Task<RequestPublisher> ConnectAsync(WorkerOptions options, CancellationToken stop)
    {
        var connection = await PublishingConnection.OpenAsync(options.Broker, "reversals-operations", stop);
        return new RequestPublisher(connection);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Publishes all and waits for the broker's answer to each.</summary>
    /// <returns>The ids of those that the broker put into a queue.</returns>
    internal async Task<HashSet<long>> PublishAsync(
        IReadOnlyList<StoredMessage> messages, CancellationToken stop)
    {
        List<Task<PublishResult>> answers = new(messages.Count);
        foreach (var message in messages)
        {
            var sent = await _connection.Publisher.SendAsync(
                Wire.RequestExchange, message.ToProperties(), message.Body, stop);
            answers.Add(sent.Answer);
        }

        var results = await Task.WhenAll(answers).WaitAsync(stop);
        return
        [
            .. messages.Where((_, place) => results[place] == PublishResult.Confirmed)
                .Select(message => message.Id),
        ];
    }
}
