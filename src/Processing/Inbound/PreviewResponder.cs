using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Answers callers of the gateway that ask what their request would come to. It has a queue and a connection
/// of its own: nothing that it takes can be carried out, and what is wrong here, a missing right among it,
/// keeps nobody from reversing. While an operator has paused the workers it answers too, as it only looks.
/// </summary>
sealed class PreviewResponder(
    Live<Preview> preview, RelayHandoffs handoffs, WorkerOptions options, TimeProvider clock,
    ILogger<PreviewResponder> log)
{
    /// <summary>Each takes a connection to PostgreSQL while it is answered; reversals come first.</summary>
    const ushort MostAtOnce = 4;

    static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(8));

    int _failures;

    /// <summary>Answers until it is stopped.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                throw new IOException(await UntilLostAsync(stop));
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Log.PreviewsUnread(log, PreviewQueue.Name, BrokerConnection.Explain(error));
                await Task.Delay(Backoff.After(++_failures), clock, stop).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>One connection from its beginning to its end; returns why it ended.</summary>
    async Task<string> UntilLostAsync(CancellationToken stop)
    {
        var connection = await BrokerConnection.ConnectSanitizedAsync(
            options.Broker, "reversals-preview", stop);
        await using var end = new QuickEnd(connection);
        await PreviewQueue.DeclareAsync(connection, options.Broker.QueueMembers, stop);
        // It ends with the connection: what is not answered goes to another worker.
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false,
                consumerDispatchConcurrency: MostAtOnce),
            stop);
        var lost = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, reason) => Lost(lost, BrokerConnection.Explain(reason));
        await channel.BasicQosAsync(prefetchSize: 0, MostAtOnce, global: false, stop);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.UnregisteredAsync += (_, _) => Lost(lost, "its queue is gone");
#pragma warning disable CA2025 // What is under way when the connection ends finds its channel closed.
        consumer.ReceivedAsync += (_, delivery) => AnswerAsync(consumer, delivery, stop);
#pragma warning restore CA2025
        await channel.BasicConsumeAsync(PreviewQueue.Name, autoAck: false, consumer, stop);
        _failures = 0;
        return await lost.Task.WaitAsync(stop);
    }

    static Task Lost(TaskCompletionSource<string> lost, string reason)
    {
        lost.TrySetResult(reason);
        return Task.CompletedTask;
    }

    /// <summary>
    /// What cannot be answered is not tried again: its caller is soon told so, and may ask again.
    /// </summary>
    async Task AnswerAsync(
        AsyncEventingBasicConsumer consumer, BasicDeliverEventArgs delivery, CancellationToken stop)
    {
        try
        {
            var message = ReceivedMessage.Read(delivery.Body.ToArray(), delivery.BasicProperties);
            await AnswerAsync(message, stop);
            await consumer.Channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, stop);
        }
        catch (Exception error) when (stop.IsCancellationRequested || BrokerConnection.IsFault(error))
        {
            // The connection is at its end.
        }
    }

    async Task AnswerAsync(ReceivedMessage message, CancellationToken stop)
    {
        try
        {
            var found = await preview.Value.DecideAsync(message, stop);
            if (found.Outcome is { } outcome)
            {
                handoffs.Answers.Add([outcome]);
            }
            else
            {
                // Nobody is answered who is not known.
                Log.PreviewUnanswered(log, found.ClientId, found.Cause?.Message ?? "it has no answer");
            }
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            Log.PreviewUnanswered(log, Authenticator.UnknownClient, Database.Explain(error));
        }
    }
}
