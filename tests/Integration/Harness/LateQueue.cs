using RabbitMQ.Client;

namespace Reversals.Tests.Integration.Harness;

/// <summary>The durable queue of a subscriber that was away, with room for so many.</summary>
sealed class LateQueue : IAsyncDisposable
{
    internal const string Name = "late-reversal-events";

    readonly IConnection _connection;
    readonly IChannel _channel;

    LateQueue(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    internal static async Task<LateQueue> OpenAsync(string address, int room = 1_000_000)
    {
        var connection = await Amqp.ConnectAsync(address, "tests-late-queue");
        var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(Name);
        await channel.QueueDeclareAsync(
            Name, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["x-max-length"] = room, ["x-overflow"] = "reject-publish",
            });
        return new LateQueue(connection, channel);
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.QueueDeleteAsync(Name);
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Takes all there is, in order.</summary>
    internal async Task<List<Heard>> TakeAsync()
    {
        List<Heard> all = [];
        while (await _channel.BasicGetAsync(Name, autoAck: true) is { } got)
        {
            all.Add(new Heard(got.Exchange, new BasicProperties(got.BasicProperties), got.Body.ToArray()));
        }

        return all;
    }

    internal async Task<uint> CountAsync() => (await _channel.QueueDeclarePassiveAsync(Name)).MessageCount;
}
