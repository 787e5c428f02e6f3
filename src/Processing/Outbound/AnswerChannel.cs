using RabbitMQ.Client;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Processing.Outbound;

/// <summary>
/// Sends an event once more, to the gateway whose caller waits for it. Nobody keeps this copy: it is neither
/// mandatory nor confirmed, and whatever goes wrong with it never holds up the event itself. A caller that
/// gets none asks again and is answered as a duplicate.
/// </summary>
sealed class AnswerChannel(IConnection connection, ILogger log) : IAsyncDisposable
{
    IChannel? _channel;

    public ValueTask DisposeAsync() => _channel?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Makes the exchange, so that a gateway finds it even before the first answer.</summary>
    internal async Task OpenAsync(CancellationToken stop)
    {
        try
        {
            if (_channel is { } closed)
            {
                await closed.DisposeAsync();
            }

            _channel = await connection.CreateChannelAsync(cancellationToken: stop);
            await _channel.ExchangeDeclareAsync(
                AnswerAddress.Exchange, ExchangeType.Direct, durable: true, cancellationToken: stop);
        }
        catch (Exception error) when (BrokerConnection.IsFault(error) && !stop.IsCancellationRequested)
        {
            Log.AnswersUnsent(log, AnswerAddress.Exchange, BrokerConnection.Explain(error));
        }
    }

    /// <summary>Does nothing for a request that came from elsewhere.</summary>
    internal async Task SendAsync(OutboxRow row, BasicProperties properties, CancellationToken giveUp)
    {
        if (AnswerAddress.QueueOf(row.CorrelationId) is not { } queue)
        {
            return;
        }

        try
        {
            if (_channel is not { IsOpen: true })
            {
                await OpenAsync(giveUp);
            }

            if (_channel is { IsOpen: true } open)
            {
                await open.BasicPublishAsync(
                    AnswerAddress.Exchange, queue, mandatory: false, properties, row.Body, giveUp);
            }
        }
        catch (Exception error) when (BrokerConnection.IsFault(error) && !giveUp.IsCancellationRequested)
        {
            Log.AnswersUnsent(log, AnswerAddress.Exchange, BrokerConnection.Explain(error));
        }
    }
}
