using Reversals.Contracts;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Inbound.MassTransit;
using Reversals.Processing.Outbound;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.Processing.Watching;
using Reversals.RabbitMq;

namespace Reversals.Worker;

/// <summary>
/// Starts and stops the rooms in the order of the flow: storage before the lanes, the lanes before the bus;
/// at the end the bus first, so that what is in flight is still committed, answered and acknowledged.
/// </summary>
sealed class WorkerService(
    WorkerOptions options,
    GroupCommit<ReversalRequest> reversals,
    GroupCommit<QuarantinedMessage> quarantine,
    IReadOnlyList<OutboxRelay> relays,
    RelayHandoffs handoffs,
    AnswerSender answers,
    PreviewResponder previews,
    QueueDepthReporter watch,
    PendingRequests pending,
    ConsumerSupervisor receive,
    StateReporter reporter,
    ServerWatch serverWatch,
    PauseWatch pauses,
    HeldBillWatch held,
    ILogger<WorkerService> log) : BackgroundService
{
    readonly CancellationTokenSource _noMore = new();
    readonly CancellationTokenSource _abort = new();
    IReadOnlyList<Task> _loops = [];

    /// <summary>Whether every loop of the process still runs.</summary>
    internal bool IsAlive =>
        ExecuteTask is not { IsFaulted: true } && !_loops.Any(loop => loop.IsFaulted);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Log.Stopping(log);
        _abort.CancelAfter(StopTimeouts.Work);
        await base.StopAsync(cancellationToken);
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
            log, Wire.RequestQueue, BrokerConnection.Address(options.Broker),
            Database.Address(options.ConnectionStrings.Postgres), string.Join(", ", options.Clients.Keys),
            BuildInfo.Version, BuildInfo.Host);
        Metrics.Begin([.. options.Clients.Keys, Authenticator.UnknownClient]);
        // Without its tables every message would fail alone; so none is taken before they are there.
        var reporting = Task.Run(() => reporter.RunAsync(_noMore.Token), CancellationToken.None);
        var watching = Task.Run(() => serverWatch.RunAsync(_noMore.Token), CancellationToken.None);
        var pausing = Task.Run(() => pauses.RunAsync(_noMore.Token), CancellationToken.None);
        _loops = [reporting, watching, pausing];
        receive.MeetBroker(stoppingToken);
        await receive.WaitForDatabaseAsync(stoppingToken);
        Task[] lanes = [.. reversals.Start(_abort.Token), .. quarantine.Start(_abort.Token)];
        _loops =
        [
            reporting, watching, pausing,
            .. lanes,
            Task.Run(() => AnswerAsync(lanes), CancellationToken.None),
            .. relays.Select(relay =>
                Task.Run(() => relay.RunAsync(_noMore.Token, _abort.Token), CancellationToken.None)),
            Task.Run(() => watch.RunAsync(_noMore.Token), CancellationToken.None),
            Task.Run(() => held.RunAsync(_noMore.Token), CancellationToken.None),
            Task.Run(() => pending.RunAsync(stoppingToken), CancellationToken.None),
            Task.Run(() => previews.RunAsync(stoppingToken), CancellationToken.None),
        ];
        await receive.RunAsync(StopTimeouts.Bus, stoppingToken);
    }

    /// <summary>Sends answers until the last commit is done.</summary>
    async Task AnswerAsync(Task[] lanes)
    {
        var sending = answers.RunAsync(_noMore.Token, _abort.Token);
        await Task.WhenAll(lanes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        handoffs.Answers.Complete();
        await sending;
    }
}
