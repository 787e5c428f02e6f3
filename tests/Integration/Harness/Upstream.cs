namespace Reversals.Tests.Integration.Harness;

/// <summary>A sender with nothing of ours: a plain AMQP client that signs, or sends anything.</summary>
sealed class Upstream : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;

    Upstream(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    internal static async Task<Upstream> ConnectAsync(string address)
    {
        var connection = await Amqp.ConnectAsync(address, "tests-upstream");
        var channel = await connection.ConfirmingChannelAsync();
        return new Upstream(connection, channel);
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Signs and sends; returns when the broker has it.</summary>
    internal Task SendAsync(
        string body, string client = Some.Client, Action<BasicProperties>? change = null) =>
        SendAsync(Some.Utf8(body), client, change);

    /// <inheritdoc cref="SendAsync(string, string, Action{BasicProperties})"/>
    internal Task SendAsync(byte[] body, string client = Some.Client, Action<BasicProperties>? change = null)
    {
        var properties = new BasicProperties
        {
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Headers = Some.Signed(body, client),
        };
        change?.Invoke(properties);
        return SendRawAsync(body, properties);
    }

    /// <summary>Sends many at once and returns when the broker has all of them.</summary>
    internal async Task SendAllAsync(IEnumerable<string> bodies)
    {
        foreach (var group in bodies.Chunk(500))
        {
            await Task.WhenAll(group.Select(body => SendAsync(body)));
        }
    }

    /// <summary>To where the broker puts what it gave up redelivering.</summary>
    internal async Task SendDeadAsync(string body) => await _channel.BasicPublishAsync(
        Wire.DeadLetterQueue, routingKey: "", mandatory: true, new BasicProperties(), Some.Utf8(body));

    /// <summary>Sends exactly this. Mandatory: a request nobody would get is an error of the test.</summary>
    internal async Task SendRawAsync(byte[] body, BasicProperties properties) =>
        await _channel.BasicPublishAsync(
            Wire.RequestExchange, routingKey: "", mandatory: true, properties, body);
}
