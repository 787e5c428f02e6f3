using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Workload;

/// <summary>A connection with one confirming channel, made anew whenever it has broken.</summary>
sealed class Outlet(IReadOnlyList<Uri> rabbitMq) : IAsyncDisposable
{
    const string Exchange = "reversal-requested";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim _gate = new(1);
    IConnection? _connection;
    IChannel? _channel;

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _gate.Dispose();
    }

    internal async Task<IChannel> OpenAsync()
    {
        await _gate.WaitAsync();
        try
        {
            while (_channel is not { IsOpen: true })
            {
                await CloseAsync();
                await ConnectAsync();
            }

            return _channel;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>One try, and what is known of it afterwards.</summary>
    internal async Task<SendOutcome> PublishAsync(IChannel channel, Request request)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await channel.BasicPublishAsync(
                Exchange, routingKey: "", mandatory: true, Properties(request), request.Body, patience.Token);
            return SendOutcome.Ok;
        }
        catch (PublishException error) when (error.IsReturn)
        {
            return SendOutcome.Fail;
        }
        catch (PublishException) when (rabbitMq.Count > 1)
        {
            // A channel that was opened while the queue had no leader may refuse everything as long as the node
            // stays away that led it: RabbitMQ 3.10.
            await CloseAsync(channel);
            return SendOutcome.Info;
        }
        catch (Exception error) when (Broker.IsAway(error))
        {
            return SendOutcome.Info;
        }
    }

    static BasicProperties Properties(Request request)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        Add("Client-Id", request.ClientId);
        Add("Signature", request.Signature);
        Add("Bomb", request.HeaderBytes > 0 ? new string('x', request.HeaderBytes) : null);
        return new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            Headers = headers,
        };

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                headers[name] = value;
            }
        }
    }

    async Task ConnectAsync()
    {
        try
        {
            _connection = await Broker.ConnectAsync(rabbitMq, "chaos-sender");
            _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(
                publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        }
        catch (Exception error) when (Broker.IsAway(error))
        {
            await Task.Delay(Until.Step);
        }
    }

    static async Task CloseAsync(IChannel channel)
    {
        try
        {
            await channel.CloseAsync();
        }
        catch (Exception error) when (Broker.IsAway(error))
        {
            // Another one did so.
        }
    }

    async Task CloseAsync()
    {
        try
        {
            await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (Exception error) when (Broker.IsAway(error))
        {
            // It is gone, which is what was wanted.
        }

        _connection = null;
    }
}
