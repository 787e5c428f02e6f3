using MassTransit;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>One bus, from its start to its end.</summary>
sealed class BusSession : IDisposable
{
    /// <summary>Between two checks of a bus.</summary>
    internal static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a bus that is given up may take to end.</summary>
    internal static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long what is in flight is waited for when nothing more is to be taken.</summary>
    internal static readonly TimeSpan FinishTime = TimeSpan.FromSeconds(1);

    /// <summary>How long a bus may take to start: what MassTransit waits for may never come.</summary>
    static readonly TimeSpan StartTimeout = 2 * BrokerConnection.Timeout;

    readonly IBusControl _bus;
    readonly TimeProvider _clock;
    readonly CancellationTokenSource _giveUp;
    IConnection? _connection;

    internal BusSession(
        WorkerOptions options, SignedIn broker, ReversalConsumer consumer, ILoggerFactory loggers,
        UnacknowledgedCounts counts, TimeProvider clock, CancellationToken stop)
    {
        _clock = clock;
        _giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _bus = ReceiveBus.Create(
            options with
            {
                ConnectionStrings = options.ConnectionStrings with { RabbitMq = broker.Node.Address },
            },
            consumer, loggers, counts, new BusTerms
            {
                Connected = connection => Connected(broker.Node, connection),
                Heartbeat = BrokerConnection.HeartbeatOf(options.Broker),
                Sizes = broker.Sizes,
                GivenUp = _giveUp.Token,
            });
    }

    internal BusHealthResult Health => _bus.CheckHealth();

    public void Dispose() => _giveUp.Dispose();

    /// <summary>Left to itself MassTransit would try a failed start again, after a while.</summary>
    internal async Task StartAsync()
    {
        var began = _clock.GetTimestamp();
        var starting = _bus.StartAsync(_giveUp.Token);
        Exception? problem = null;
        while (problem is null && !_giveUp.IsCancellationRequested
            && await Task.WhenAny(starting, Task.Delay(PollInterval, _clock, _giveUp.Token)) != starting)
        {
            problem = Health.Exception
                ?? (_clock.GetElapsedTime(began) > StartTimeout
                    ? new OperationCanceledException($"{Wire.RequestQueue} and its dead letters")
                    : null);
        }

        if (problem is not null)
        {
            await _giveUp.CancelAsync();
            await Task.WhenAny(starting, Task.Delay(CloseTimeout, _clock, CancellationToken.None));
            throw problem;
        }

        await starting.WaitAsync(CloseTimeout, _clock, CancellationToken.None);
    }

    /// <summary>Closes the connection over which messages come, so that those in flight go back.</summary>
    internal async Task DisconnectAsync()
    {
        if (Interlocked.Exchange(ref _connection, value: null) is { } connection)
        {
            await connection.CloseAsync(
                Constants.ReplySuccess, "the worker reads no more", CloseTimeout, abort: true,
                CancellationToken.None);
        }
    }

    /// <summary>Makes no connection from now on.</summary>
    internal Task GiveUpAsync() => _giveUp.CancelAsync();

    /// <summary>Finishes what is in flight, and disconnects when that takes too long.</summary>
    /// <param name="longest">How long it may take.</param>
    /// <param name="stopping">Called once the bus takes no more; null: nobody need know.</param>
    /// <param name="log">Where it is logged that the bus did not end.</param>
    internal async Task CloseAsync(TimeSpan longest, Action? stopping, ILogger log)
    {
        using var late = new CancellationTokenSource(longest, _clock);
        var closing = _bus.StopAsync(late.Token);
        stopping?.Invoke();
        await Task.WhenAny(closing, Task.Delay(longest, _clock, CancellationToken.None));
        if (!closing.IsCompletedSuccessfully)
        {
            Log.DisconnectFailed(log, closing.Exception);
            await DisconnectAsync();
        }
    }

    /// <summary>Told by each channel.</summary>
    void Connected(BrokerOptions node, IConnection connection)
    {
        if (Interlocked.Exchange(ref _connection, connection) != connection)
        {
            BrokerNodes.Opened(node, connection);
        }
    }
}
