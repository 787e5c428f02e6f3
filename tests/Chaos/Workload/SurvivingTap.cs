using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Workload;

/// <summary>A subscriber to both kinds of events that keeps all, whatever becomes of the broker.</summary>
sealed class SurvivingTap : IAsyncDisposable
{
    const ushort Ahead = 2000;

    readonly IReadOnlyList<Uri> _rabbitMq;
    readonly TimeProvider _clock;
    readonly CancellationTokenSource _end = new();
    readonly Kept<Heard> _heard = new();
    readonly Task _listening;
    int _marks;

    internal SurvivingTap(IReadOnlyList<Uri> rabbitMq, TimeProvider clock)
    {
        (_rabbitMq, _clock) = (rabbitMq, clock);
        _listening = ListenAsync();
    }

    internal IReadOnlyList<Heard> Heard => _heard.All;

    internal int Count => _heard.Count;

    /// <summary>Everything that was confirmed before this call was heard after it: the queue keeps its order,
    /// so what stands before a mark of our own was heard when the mark is.</summary>
    internal async Task SettleAsync(Broker broker)
    {
        var mark = Volatile.Read(ref _marks);
        await broker.UseAsync(async channel => await channel.BasicPublishAsync(
            exchange: "", Broker.Tap, mandatory: true, body: ReadOnlyMemory<byte>.Empty));
        await Until.TrueAsync(() => Volatile.Read(ref _marks) > mark, "the mark comes through the tap", 60);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listening;
        _end.Dispose();
    }

    async Task ListenAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await using var connection = await Broker.ConnectAsync(_rabbitMq, "chaos-tap");
                await ConsumeAsync(connection);
            }
            catch (Exception error) when (Broker.IsAway(error))
            {
                await Task.Delay(Until.Step, _clock, CancellationToken.None);
            }
        }
    }

    /// <summary>Until the connection or the subscription is gone.</summary>
    async Task ConsumeAsync(IConnection connection)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var channel = await connection.CreateChannelAsync();
        channel.ChannelShutdownAsync += (_, _) => Task.FromResult(gone.TrySetResult());
        await channel.BasicQosAsync(0, Ahead, global: false);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.UnregisteredAsync += (_, _) => Task.FromResult(gone.TrySetResult());
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            Keep(delivery);
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(Broker.Tap, autoAck: false, consumer);
        await gone.Task.WaitAsync(_end.Token);
    }

    void Keep(BasicDeliverEventArgs delivery)
    {
        if (delivery.Exchange.Length == 0)
        {
            Interlocked.Increment(ref _marks);
            return;
        }

        var headers = delivery.BasicProperties.Headers;
        _heard.Add(new Heard
        {
            At = _clock.GetUtcNow(),
            Exchange = delivery.Exchange,
            Body = delivery.Body.ToArray(),
            EventId = delivery.BasicProperties.MessageId ?? "",
            Redelivered = delivery.Redelivered,
            Replayed = headers?.ContainsKey("Replayed") == true,
            ClientId = headers?.TryGetValue("Client-Id", out var client) == true && client is byte[] text
                ? Encoding.UTF8.GetString(text)
                : null,
        });
    }
}
