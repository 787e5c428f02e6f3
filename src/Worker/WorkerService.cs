using MassTransit;
using Npgsql;
using Reversals.Contracts;
using Reversals.Worker.Batching;
using Reversals.Worker.Inbound;
using Reversals.Worker.Outbound;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker;

/// <summary>
/// Starts and stops the rooms in the order of the flow: storage before the lanes, the lanes before the bus;
/// at the end the bus first, so that what is at hand is still committed, answered and acknowledged.
/// </summary>
sealed class WorkerService(
    WorkerOptions options,
    NpgsqlDataSource database,
    GroupCommit<ReversalRequest> reversals,
    GroupCommit<QuarantinedMessage> quarantine,
    IReadOnlyList<OutboxRelay> relays,
    BacklogWatch watch,
    PendingRequests pending,
    ReversalConsumer consumer,
    TimeProvider clock,
    ILoggerFactory loggers,
    ILogger<WorkerService> log) : BackgroundService
{
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    // Each shorter than the next: work at hand, the bus, the host; then the container's grace.
    static readonly TimeSpan WorkStopTimeout = TimeSpan.FromSeconds(20);
    static readonly TimeSpan BusStopTimeout = TimeSpan.FromSeconds(25);
    internal static readonly TimeSpan HostStopTimeout = TimeSpan.FromSeconds(30);

    readonly CancellationTokenSource _noMore = new();
    readonly CancellationTokenSource _abort = new();
    IBusControl? _bus;
    IReadOnlyList<Task> _loops = [];

    /// <summary>Null while messages are read; otherwise what is missing.</summary>
    internal string? NotReady { get; private set; } = "starting";

    /// <summary>Whether every loop of the process still runs.</summary>
    internal bool IsAlive =>
        ExecuteTask is not { IsFaulted: true } && !_loops.Any(loop => loop.IsFaulted);

    /// <summary>Null while the consumer is attached; otherwise what is wrong.</summary>
    internal string? ConsumerProblem() =>
        NotReady ?? (_bus?.CheckHealth() is { Status: not BusHealthStatus.Healthy } health
            ? health.Exception is { } error ? BrokerConnection.Explain(error) : health.Description
            : null);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Log.Stopping(log);
        NotReady = "stopping";
        await base.StopAsync(cancellationToken);
        _abort.CancelAfter(WorkStopTimeout);
        if (_bus is not null)
        {
            using var busStop = new CancellationTokenSource(BusStopTimeout, clock);
            await _bus.StopAsync(busStop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        reversals.Complete();
        quarantine.Complete();
        await _noMore.CancelAsync();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_abort.IsCancellationRequested)
        {
            Log.StoppedLate(log);
        }

        Log.Stopped(log);
    }

    public override void Dispose()
    {
        _noMore.Dispose();
        _abort.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Log.Starting(
            log, Wire.RequestQueue, BrokerConnection.Address(options),
            Database.Address(options.ConnectionStrings.Postgres), string.Join(", ", options.Clients.Keys));
        Metrics.Begin([.. options.Clients.Keys, Authenticator.UnknownClient]);
        await WaitForSchemaAsync(stoppingToken);
        _loops =
        [
            .. reversals.Start(_abort.Token),
            .. quarantine.Start(_abort.Token),
            .. relays.Select(relay =>
                Task.Run(() => relay.RunAsync(_noMore.Token, _abort.Token), CancellationToken.None)),
            Task.Run(() => watch.RunAsync(_noMore.Token), CancellationToken.None),
            Task.Run(() => pending.RunAsync(stoppingToken), CancellationToken.None),
        ];
        _bus = ReceiveBus.Create(options, consumer, loggers);
        await WaitForBrokerAsync(_bus.StartAsync(stoppingToken), stoppingToken);
        NotReady = null;
        Log.Reading(log, Wire.RequestQueue);
    }

    /// <summary>
    /// Without its tables every message would fail alone; so none is taken before they are there.
    /// </summary>
    async Task WaitForSchemaAsync(CancellationToken stop)
    {
        var address = Database.Address(options.ConnectionStrings.Postgres);
        while (true)
        {
            try
            {
                var missing = await Migrator.MissingAsync(database, stop);
                if (missing.Count == 0)
                {
                    return;
                }

                NotReady = $"the database lacks {string.Join(", ", missing)}: run migrate";
                Log.WaitingForMigration(log, address, string.Join(", ", missing));
            }
            catch (Exception error) when (Database.Classify(error) != Storage.Fault.Data)
            {
                var problem = Database.Explain(error);
                NotReady = $"PostgreSQL at {address}: {problem}";
                Log.WaitingForDatabase(log, address, problem, Poll.TotalSeconds);
            }

            await Task.Delay(Poll, clock, stop);
        }
    }

    async Task WaitForBrokerAsync(Task starting, CancellationToken stop)
    {
        while (await Task.WhenAny(starting, Task.Delay(Poll, clock, stop)) != starting)
        {
            stop.ThrowIfCancellationRequested();
            var address = BrokerConnection.Address(options);
            var problem = _bus?.CheckHealth().Exception is { } error
                ? BrokerConnection.Explain(error)
                : "not connected yet";
            NotReady = $"RabbitMQ at {address}: {problem}";
            Log.WaitingForBroker(log, address, problem);
        }

        await starting;
    }
}
