using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Tests.Hostile.Cases;

namespace Reversals.Tests.Hostile.Running;

/// <summary>A subscriber to both exchanges: keeps what answers hostile messages, times the rest.</summary>
sealed class Tap : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly List<(int Number, Outcome Outcome)> _answers = [];
    readonly Dictionary<int, long> _goodAt = [];
    readonly Lock _gate = new();
    int _strangers;
    int _goodWrong;

    Tap(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    /// <summary>Events that answer nothing that was sent, or good traffic twice.</summary>
    internal int Strangers => Volatile.Read(ref _strangers);

    /// <summary>Answers to good traffic that are no success.</summary>
    internal int GoodWrong => Volatile.Read(ref _goodWrong);

    internal int Answers
    {
        get
        {
            lock (_gate)
            {
                return _answers.Count;
            }
        }
    }

    internal static async Task<Tap> OpenAsync(string address)
    {
        var connection = await Wire.ConnectAsync(address, "hostile-tap");
        var channel = await connection.CreateChannelAsync();
        var tap = new Tap(connection, channel);
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        foreach (var exchange in (string[])[Wire.Reversed, Wire.Rejected])
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
            await channel.QueueBindAsync(queue, exchange, routingKey: "");
        }

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            tap.Hear(delivery);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return tap;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>When the good message of that number was answered; null: not yet.</summary>
    internal long? GoodAt(int number)
    {
        lock (_gate)
        {
            return _goodAt.TryGetValue(number, out var at) ? at : null;
        }
    }

    internal IReadOnlyList<(int Number, Outcome Outcome)> TakeAnswers()
    {
        lock (_gate)
        {
            return [.. _answers];
        }
    }

    void Hear(BasicDeliverEventArgs delivery)
    {
        var now = Stopwatch.GetTimestamp();
        var trace = Wire.TraceOf(delivery.BasicProperties);
        lock (_gate)
        {
            if (Wire.Number(trace) is { } number)
            {
                _answers.Add((number, new Outcome
                {
                    Exchange = delivery.Exchange,
                    Event = delivery.Body.ToArray(),
                }));
            }
            else if (Wire.Number(trace, good: true) is { } good && _goodAt.TryAdd(good, now))
            {
                _goodWrong += delivery.Exchange is Wire.Reversed ? 0 : 1;
            }
            else
            {
                _strangers++;
            }
        }
    }
}
