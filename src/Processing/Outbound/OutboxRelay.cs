using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Outbound;

/// <summary>
/// The one publisher of a kind of events: takes what the commits of this worker hand over, or claims what was
/// left; publishes, waits for the confirm, clears. Woken by each commit, and by a poll for what others left.
/// Events of one bill go out one after the other; different bills go side by side.
/// </summary>
sealed class OutboxRelay(
    string kind, Outbox outbox, RelayHandoff signal, WorkerOptions options, TimeProvider clock,
    ILogger<OutboxRelay> log)
{
    readonly OutboundOptions _outbound = options.Outbound;
    readonly RelayReport _report = new(kind, options.Outbound, clock, log);
    readonly ClaimThrottle _pace = new(options.Outbound, clock);
    readonly Lease _lease = new(Guid.CreateVersion7(clock.GetUtcNow()), options.Outbound.Lease);
    readonly RetryDelays _backoff =
        new(options.Outbound.Rest, options.Outbound.Rest, options.Outbound.MaxBackoff);

    readonly SizeLimit _sizes = new();
    RelayConnection? _connection;
    Completion? _settled;

    RelayConnection Connection => _connection ??= new(kind, signal, _lease, options, log);

    /// <summary>Runs until told to stop, and then until the outbox is empty or out of reach.</summary>
    /// <param name="stop">Finish what is there.</param>
    /// <param name="abort">Finish nothing more.</param>
    internal async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            while (!abort.IsCancellationRequested && await RoundAsync(stop, abort))
            {
            }

            if (_settled is { } settled)
            {
                // What nobody has may go out at once; what is refused goes on resting.
                await outbox.CompleteAsync(kind, settled, _backoff with { Rest = TimeSpan.Zero }, abort);
            }
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // What was claimed comes back when its lease ends.
        }
        catch (Exception error) when (stop.IsCancellationRequested)
        {
            // The last settling failed: what was claimed goes out, once more or at last, when its lease ends.
            _report.Failed(error);
        }
        finally
        {
            await Connection.CloseAsync();
        }
    }

    /// <summary>One set of rows and what follows; false when there is nothing left to do.</summary>
    async Task<bool> RoundAsync(CancellationToken stop, CancellationToken abort)
    {
        bool answered;
        List<OutboxRow> rows = [];
        try
        {
            var publisher = await Connection.GetAsync(abort);
            CrashPoint.Reached("before-claim");
            rows = TakeHandedOver();
            if (rows.Count == 0 && _pace.PutOff(_settled) is { Ticks: > 0 } putOff)
            {
                await UnlessStoppedAsync(signal.WaitAsync(putOff, stop));
                rows = TakeHandedOver();
            }

            if (rows.Count == 0 || _pace.IsDue(_settled))
            {
                rows = await ExchangeAsync(rows, abort);
            }

            _report.Worked();
            if (rows.Count == 0)
            {
                var goesOn = await UnlessStoppedAsync(signal.WaitAsync(_outbound.PollInterval, stop));
                _pace.Idled();
                return goesOn;
            }

            CrashPoint.Reached("after-claim");
            _pace.Seen(rows);
            var settled = await PublishAsync(publisher, rows, stop, abort);
            _settled = settled.With(_settled);
            answered = settled.Confirmed.Length + settled.Refused.Length > 0;
            CrashPoint.Reached("after-confirm");
        }
        catch (Exception error) when (!abort.IsCancellationRequested)
        {
            _report.Failed(error);
            await Connection.CloseAsync();
            // Nobody need wait for the lease of what was taken and not published.
            _settled = Completion.AllFailed(_lease.Id, rows).With(_settled);
            return await RestAsync(stop);
        }

        // When the broker takes nothing at all, taking the next rows at once would only touch them all in
        // vain. What is refused rests by itself.
        signal.Offer(answered ? _lease : null);
        return answered || await SettleAndRestAsync(_settled, stop, abort);
    }

    /// <summary>
    /// What this worker's commits handed over, as far as its lease is young enough to be kept.
    /// </summary>
    List<OutboxRow> TakeHandedOver()
    {
        var longest = _outbound.Lease / 2;
        var notBefore = clock.GetTimestamp() - (long)(longest.TotalSeconds * clock.TimestampFrequency);
        return signal.Take(_outbound.ClaimLimit, notBefore);
    }

    /// <returns>What was handed over and what was claimed, as far as it is surely still ours.</returns>
    async Task<List<OutboxRow>> ExchangeAsync(List<OutboxRow> handedOver, CancellationToken abort)
    {
        var limit = _pace.Limit(handedOver.Count);
        var began = clock.GetTimestamp();
        CrashPoint.Reached(_settled is null ? "nothing to clear" : "before-complete");
        var rows = await outbox.CompleteAndClaimAsync(
            kind, _settled, _backoff, _lease, limit, _pace.From(), abort);
        CrashPoint.Reached(_settled is null ? "nothing to clear" : "after-complete");
        _settled = null;
        _pace.Claimed(rows, limit);

        // A claim may have waited long for a standby. What is dropped here comes back when its lease ends.
        var took = clock.GetElapsedTime(began);
        return [.. took < _lease.Length / 8 ? handedOver : [], .. took < _lease.Length / 2 ? rows : []];
    }

    async Task<bool> SettleAndRestAsync(
        Completion settled, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            await outbox.CompleteAsync(kind, settled, _backoff, abort);
            _settled = null;
        }
        catch (Exception error) when (!abort.IsCancellationRequested)
        {
            _report.Failed(error);
        }

        return await RestAsync(stop);
    }

    async Task<Completion> PublishAsync(
        EventPublisher publisher, List<OutboxRow> rows, CancellationToken stop, CancellationToken abort)
    {
        var held = rows.Select(row => row.Id)
            .Concat(_settled?.Confirmed ?? []).Concat(_settled?.Refused ?? []);
        await using var keeper = new LeaseRenewer(outbox, kind, held, _lease, clock, abort);
        using var waves = new ConfirmBatchPublisher(
            publisher, _sizes, _outbound.PublishTimeout, keeper.Lost, stop);
        var chains = new PerBillQueue(rows);
        while (chains.NextBatch(_outbound.WaveSize, _sizes) is { Length: > 0 } wave)
        {
            var confirmed = chains.Complete(wave, await waves.PublishAsync(wave));
            Metrics.Confirmed(kind, confirmed, clock.GetUtcNow());
        }

        _report.Published(chains, publisher, waves.Culprits);
        if (chains.Failures(PublishOutcome.Unknown) + chains.Failures(PublishOutcome.Unanswered) > 0)
        {
            // What may still stand in the buffers of this connection must not go out beside the next try.
            await Connection.CloseAsync();
        }

        return chains.Completion(_lease.Id);
    }

    Task<bool> RestAsync(CancellationToken stop) =>
        UnlessStoppedAsync(Task.Delay(_outbound.Rest, clock, stop));

    /// <summary>False when the wait ended because the relay is to stop.</summary>
    static async Task<bool> UnlessStoppedAsync(Task wait)
    {
        try
        {
            await wait;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
