using RabbitMQ.Client;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>The way to RabbitMQ, one session after the other: it comes back by itself.</summary>
sealed class BrokerLink(
    GatewayOptions options, WaitingCallers callers, TimeProvider clock, ILogger<BrokerLink> log)
    : BackgroundService
{
    static readonly Backoff Rests = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));

    volatile BrokerSession? _session;
    volatile string _problem = "not connected yet";

    /// <summary>Why nothing can be asked now; null: all is well.</summary>
    internal string? Problem => _session is { } session ? session.Blocked : _problem;

    /// <summary>The queue of the answers now; null: there is none.</summary>
    internal string? Queue => _session?.Queue;

    /// <summary>The channel that requests go out on now; null: there is none.</summary>
    internal ConfirmedPublisher? Publisher => _session?.Publisher;

    /// <summary>Publishes a request and tells what became of it.</summary>
    internal Task<PublishResult> PublishAsync(
        BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        _session?.PublishAsync(properties, body, giveUp) ?? Task.FromResult(PublishResult.NotSent);

    /// <summary>Asks what a request would come to, and tells whether a worker can have heard it.</summary>
    internal Task<PreviewSent> PreviewAsync(
        BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp) =>
        _session?.PreviewAsync(properties, body, giveUp)
            ?? Task.FromResult<PreviewSent>(new PreviewSent.NotAsked(_problem));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var session = await BrokerSession.OpenAsync(options, callers, stoppingToken);
                failures = 0;
                await UseAsync(session, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                _problem = $"RabbitMQ at {BrokerConnection.Address(options.Broker)}: " +
                    BrokerConnection.Explain(error);
                var rest = Rests.After(++failures);
                Log.NotConnected(log, _problem, rest.TotalMilliseconds);
                await Task.Delay(rest, clock, stoppingToken).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Requests go over this session until it ends; from then on none does, however long its closing takes:
    /// nobody would hear the answers.
    /// </summary>
    async Task UseAsync(BrokerSession session, CancellationToken stop)
    {
        try
        {
            _session = session;
            Log.Connected(log, BrokerConnection.Address(options.Broker), session.Queue);
            throw new IOException(await session.Ended.WaitAsync(stop));
        }
        finally
        {
            (_problem, _session) = ("the connection to RabbitMQ is lost", null);
        }
    }
}
