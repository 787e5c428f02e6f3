using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Actions;

/// <summary>
/// Sends stored messages to the requests' exchange again, and knows of each whether the broker has it safely.
/// </summary>
sealed class RequestPublisher : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly ConfirmedPublisher _publisher;

    RequestPublisher(IConnection connection, ConfirmedPublisher publisher) =>
        (_connection, _publisher) = (connection, publisher);

    internal static async Task<RequestPublisher> ConnectAsync(WorkerOptions options, CancellationToken stop)
    {
        var connection = await BrokerConnection.ConnectAsync(options.Broker, "reversals-operations", stop);
        try
        {
            return new RequestPublisher(
                connection, await ConfirmedPublisher.OpenAsync(connection, int.MaxValue, stop));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _publisher.DisposeAsync();
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    /// <summary>Publishes all and waits for the broker's answer to each.</summary>
    /// <returns>The ids of those that the broker put into a queue.</returns>
    internal async Task<HashSet<long>> PublishAsync(
        IReadOnlyList<StoredMessage> messages, CancellationToken stop)
    {
        List<Task<PublishResult>> answers = new(messages.Count);
        foreach (var message in messages)
        {
            var sent = await _publisher.SendAsync(
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
