using MassTransit;
using Reversals.Contracts;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.Processing.Watching;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// Reads while both servers are well, and not otherwise. Each time it makes a new bus, once PostgreSQL can
/// commit and RabbitMQ lets it in; when one of them fails the bus is closed, and it looks twice a second.
/// MassTransit would wait longer and longer between two tries, and would hold messages through an outage.
/// </summary>
sealed class ConsumerSupervisor(
    WorkerOptions options,
    DatabaseReadinessCheck probe,
    StallWatch stalls,
    PauseWatch pauses,
    UnacknowledgedCounts counts,
    GroupCommit<ReversalRequest> reversals, GroupCommit<QuarantinedMessage> quarantine,
    ReversalConsumer consumer,
    TimeProvider clock,
    ILoggerFactory loggers,
    ILogger<ConsumerSupervisor> log)
{
    /// <summary>Between two tries; longer after buses that did not start at a broker that is there.</summary>
    static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(8));

    readonly string _broker = BrokerConnection.Address(options.Broker);
    readonly RepeatedProblem _report = new(clock, log);
    readonly BrokerMeeting _meeting = new(options.Broker, clock);
    Task _closing = Task.CompletedTask;
    int _futile;
    string? _problem = "starting";
    long? _pausedAt;

    /// <summary>Null while messages are read and done, or an operator paused; else why not.</summary>
    internal string? Problem => (pauses.Current is null ? _problem : null) ?? stalls.Problem;

    /// <summary>Null while all that is sent is read and done; otherwise why some messages wait.</summary>
    internal string? Hint => pauses.Current?.FullText ?? stalls.Hint;

    /// <summary>How long messages have waited and none could be committed; zero while all is well.</summary>
    internal TimeSpan StalledFor => _pausedAt is { } pausedAt
        ? TimeSpan.FromTicks(Math.Max(clock.GetElapsedTime(pausedAt).Ticks, stalls.Length.Ticks))
        : stalls.Length;

    /// <summary>Signs in while the database is looked at, which takes as long.</summary>
    internal void MeetBroker(CancellationToken stop) => _meeting.Begin(stop);

    /// <summary>Returns when something can be committed.</summary>
    internal async Task WaitForDatabaseAsync(CancellationToken stop)
    {
        while (await probe.ProblemAsync(stop) is { } problem)
        {
            _problem = problem;
            _pausedAt ??= clock.GetTimestamp();
            _report.Write(problem, Backoff.First, Log.WaitingForDatabase);
            await Task.Delay(Backoff.First, clock, stop);
        }

        _pausedAt = null;
    }

    /// <summary>Reads until it is stopped; then what is in flight is finished.</summary>
    /// <param name="finishWithin">How long the bus may take to end after that.</param>
    /// <param name="stop">Take no more.</param>
    internal async Task RunAsync(TimeSpan finishWithin, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WaitForDatabaseAsync(stop);
                await pauses.WaitForResumeAsync(stop);
                await ReadAsync(await SignInAsync(stop), finishWithin, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error)
            {
                // Whatever it is, it is no reason to end: the next try has a bus of its own.
                var cause = await BrokerRefusal.ExplainAsync(options.Broker, error, stop);
                _problem = $"RabbitMQ at {_broker}: {cause}";
                var backoff = Backoff.After(_futile + 1);
                _report.Write(_problem, backoff, Log.WaitingForBroker);
                await Task.Delay(backoff, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>A broker that was away is met anew.</summary>
    async Task<SignedIn> SignInAsync(CancellationToken stop)
    {
        try
        {
            return await _meeting.NodeAsync(stop);
        }
        catch
        {
            _futile = 0;
            throw;
        }
    }

    /// <summary>One bus, from its start to its end.</summary>
    async Task ReadAsync(SignedIn broker, TimeSpan finishWithin, CancellationToken stop)
    {
        // What is made in another way than ours is not mended by trying often; and one of the two queues may
        // have given its messages meanwhile, each of which would be taken back each time.
        _futile++;
        using var session = new BusSession(options, broker, consumer, loggers, counts, clock, stop);
        var isBroken = true;
        try
        {
            await session.StartAsync();
            (_problem, _futile) = (null, 0);
            Log.Reading(log, Wire.RequestQueue);
            await WatchAsync(session, stop);
            isBroken = false;
        }
        finally
        {
            _problem = stop.IsCancellationRequested ? "stopping" : _problem ?? "reconnecting";
            await session.GiveUpAsync();
            await CloseAsync(session, isBroken, finishWithin, stop);
        }
    }

    /// <summary>
    /// One whose connection is lost ends by itself, which may take long: nobody waits for it, as what it
    /// still has is given to the next one too, and the keys answer.
    /// </summary>
    async Task CloseAsync(BusSession session, bool isBroken, TimeSpan finishWithin, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            await session.CloseAsync(finishWithin, GiveBackSetAside, log);
            await Task.WhenAny(_closing, Task.Delay(BusSession.CloseTimeout, clock, CancellationToken.None));
            return;
        }

        _closing = Task.WhenAll(_closing, session.CloseAsync(BusSession.CloseTimeout, stopping: null, log));
        if (!isBroken)
        {
            // What waits for a row that somebody holds goes back to the queue.
            await Task.WhenAny(_closing, Task.Delay(BusSession.FinishTime, clock, CancellationToken.None));
            reversals.GiveBack();
            quarantine.GiveBack();
            await _closing;
        }
    }

    /// <summary>Returns or throws when this bus is of no use any more.</summary>
    async Task WatchAsync(BusSession session, CancellationToken stop)
    {
        while (pauses.MayTake)
        {
            var health = session.Health;
            if (health.Status != BusHealthStatus.Healthy)
            {
                throw health.Exception ?? new ConnectionException(health.Description);
            }

            if (await stalls.LookAsync(stop) is { } problem)
            {
                _problem = problem;
                _pausedAt ??= clock.GetTimestamp();
                Log.Pausing(log, problem);
                await GiveBackAsync(session);
                return;
            }

            await Task.Delay(BusSession.PollInterval, clock, stop);
        }
    }

    /// <summary>
    /// First the connection, so that each message returns to its queue once, and not to this very consumer
    /// again; then nobody waits for a commit any more.
    /// </summary>
    async Task GiveBackAsync(BusSession session)
    {
        await session.DisconnectAsync();
        reversals.GiveBack();
        quarantine.GiveBack();
    }

    void GiveBackSetAside()
    {
        reversals.GiveBackSetAside();
        quarantine.GiveBackSetAside();
    }
}
