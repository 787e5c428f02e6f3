using RabbitMQ.Client;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Running;

/// <summary>Publishes at a steady rate and knows that the broker has what it published.</summary>
sealed class Sender : IAsyncDisposable
{
    static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    readonly IConnection _connection;
    readonly IChannel _channel;

    Sender(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    internal static async Task<Sender> OpenAsync(string address, string name)
    {
        var connection = await Amqp.ConnectAsync(address, name);
        return new Sender(connection, await connection.ConfirmingChannelAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Sends that many messages a second; the broker has all of them when it returns.</summary>
    internal async Task SendAsync(IEnumerable<(int Number, Message Message)> messages, int rate)
    {
        var began = Stopwatch.GetTimestamp();
        var sent = 0;
        var beat = new List<Task>();
        using var timer = new PeriodicTimer(Beat);
        foreach (var (number, message) in messages)
        {
            if (sent >= Stopwatch.GetElapsedTime(began).TotalSeconds * rate)
            {
                await Task.WhenAll(beat);
                beat.Clear();
                await timer.WaitForNextTickAsync();
            }

            beat.Add(SendAsync(message, Wire.Properties(message, number)));
            sent++;
        }

        await Task.WhenAll(beat);
    }

    internal Task SendAsync(Message message, BasicProperties properties) => _channel.BasicPublishAsync(
        Wire.Requests, routingKey: "", mandatory: true, properties, message.Body).AsTask();
}
