using System.Diagnostics;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Outbound;

/// <summary>
/// The one publisher of a kind of events: takes what the commits of this worker hand over, or claims what was
/// left; publishes, waits for the confirm, completes. Woken by each commit, and by a poll for what others
/// left. <see cref="RelayState"/> says what follows what; here is what it takes.
/// </summary>
sealed class OutboxRelay(
    string kind, Outbox outbox, RelayHandoff handoff, Live<EventSigner> signer, WorkerOptions options,
    TimeProvider clock, ILogger<OutboxRelay> log)
{
    readonly OutboundOptions _outbound = options.Outbound;
    readonly RelayReport _report = new(kind, handoff, options.Outbound, clock, log);
    readonly ClaimThrottle _throttle = new(options.Outbound, clock);
    readonly Lease _lease = new(Guid.CreateVersion7(clock.GetUtcNow()), options.Outbound.Lease);
    readonly RetryDelays _delays =
        new(options.Outbound.Rest, new Backoff(options.Outbound.Rest, options.Outbound.MaxBackoff));

    /// <summary>Runs until told to stop, and then until the outbox is empty or out of reach.</summary>
    /// <param name="stop">Finish what is there.</param>
    /// <param name="abort">Finish nothing more.</param>
    internal async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        var connection = new RelayConnection(kind, handoff, _lease, signer, options, log);
        var publisher = new RowPublisher(kind, outbox, _lease, _outbound, _report, clock);
        try
        {
            RelayState state = new Disconnected();
            while (!abort.IsCancellationRequested && state is not Stopped)
            {
                state = await NextAsync(state, connection, publisher, stop, abort);
            }

            if (state.ToComplete is { } completion)
            {
                // What nobody has may go out at once; what is refused goes on backing off.
                await outbox.CompleteAsync(kind, completion, _delays with { Rest = TimeSpan.Zero }, abort);
            }
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // What was claimed comes back when its lease ends.
        }
        catch (Exception error) when (stop.IsCancellationRequested)
        {
            // The last completion failed: what was claimed goes out, perhaps once more, when its lease ends.
            _report.Failed(error);
        }
        finally
        {
            await connection.CloseAsync();
        }
    }

    async Task<RelayState> NextAsync(
        RelayState state, RelayConnection connection, RowPublisher publisher,
        CancellationToken stop, CancellationToken abort)
    {
        try
        {
            switch (state)
            {
                case Disconnected disconnected:
                    await connection.OpenAsync(abort);
                    return disconnected.Connect();
                case Connected connected:
                    CrashPoint.Reached("before-claim");
                    return await TakeAsync(connected, stop);
                case Claiming claiming:
                    return await ClaimAsync(claiming, abort);
                case Publishing publishing:
                    CrashPoint.Reached("after-claim");
                    _report.Worked();
                    _throttle.Seen(publishing.Rows);
                    var published = await publisher.PublishAsync(
                        connection.Publisher, publishing.Rows, publishing.ToComplete, stop, abort);
                    CrashPoint.Reached("after-confirm");
                    await connection.OfferLeaseAsync(published);
                    return publishing.Publish(published);
                case Idle idle:
                    _report.Worked();
                    var isStopping = await WaitAsync(handoff.WaitAsync(_outbound.PollInterval, stop));
                    _throttle.Idled();
                    return idle.Wake(isStopping);
                case BackingOff backingOff:
                    backingOff = await CompleteAsync(backingOff, abort);
                    return backingOff.Wake(await WaitAsync(Task.Delay(_outbound.Rest, clock, stop)));
                default:
                    throw new UnreachableException();
            }
        }
        catch (Exception error) when (!abort.IsCancellationRequested)
        {
            _report.Failed(error);
            await connection.CloseAsync();
            return state.Failed(_lease.Id);
        }
    }

    async Task<RelayState> TakeAsync(Connected connected, CancellationToken stop)
    {
        var rows = TakeHandedOver();
        if (rows.Count == 0 && _throttle.PutOff(connected.ToComplete) is { Ticks: > 0 } putOff)
        {
            await WaitAsync(handoff.WaitAsync(putOff, stop));
            rows = TakeHandedOver();
        }

        var claims = _throttle.IsDue(connected.ToComplete);
        if (handoff.TakeLeftBehind())
        {
            _throttle.LeftBehind();
        }

        return connected.Take(rows, claims);
    }

    /// <summary>
    /// What this worker's commits handed over, as far as its lease is young enough to be kept.
    /// </summary>
    List<OutboxRow> TakeHandedOver()
    {
        var longest = _outbound.Lease / 2;
        var notBefore = clock.GetTimestamp() - (long)(longest.TotalSeconds * clock.TimestampFrequency);
        return handoff.Take(_outbound.ClaimLimit, notBefore);
    }

    async Task<RelayState> ClaimAsync(Claiming claiming, CancellationToken abort)
    {
        var toComplete = claiming.ToComplete;
        var limit = _throttle.Limit(claiming.HandedOver.Count);
        var began = clock.GetTimestamp();
        CrashPoint.Reached(toComplete is null ? "nothing to clear" : "before-complete");
        var rows = await outbox.CompleteAndClaimAsync(
            kind, toComplete, _delays, _lease, limit, _throttle.From(), abort);
        CrashPoint.Reached(toComplete is null ? "nothing to clear" : "after-complete");
        _throttle.Claimed(rows, limit);

        // A claim may have waited long for a standby. What is dropped here comes back when its lease ends.
        var took = clock.GetElapsedTime(began);
        return claiming.Claim(
            took < _lease.Length / 2 ? rows : [], keepsHandedOver: took < _lease.Length / 8);
    }

    async Task<BackingOff> CompleteAsync(BackingOff backingOff, CancellationToken abort)
    {
        if (!backingOff.Completes || backingOff.ToComplete is not { } completion)
        {
            return backingOff;
        }

        try
        {
            await outbox.CompleteAsync(kind, completion, _delays, abort);
            return backingOff.Complete();
        }
        catch (Exception error) when (!abort.IsCancellationRequested)
        {
            _report.Failed(error);
            return backingOff;
        }
    }

    /// <summary>True when the wait ended because the relay is to stop.</summary>
    static async Task<bool> WaitAsync(Task wait)
    {
        try
        {
            await wait;
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
