using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Outbound;

/// <summary>
/// The one publisher of a kind of events: takes what the commits of this worker hand over, or claims what was
/// left; publishes, waits for the confirm, clears. Woken by each commit, and by a poll for what others left.
/// Events of one bill go out one after the other; different bills go side by side.
/// </summary>
sealed class OutboxRelay(
    string kind, Outbox outbox, OutboxSignal signal, WorkerOptions options, TimeProvider clock,
    ILogger<OutboxRelay> log)
{
    /// <summary>How many claims' worth of ids below where all was seen are always looked at.</summary>
    const int Overlap = 4;

    /// <summary>However much is handed over, so large a part of a claim is for what was left.</summary>
    const int ForOthers = 5;

    /// <summary>
    /// While rows may still be handed over, so often are confirmed ones cleared and others claimed: one
    /// commit for all that went out meanwhile, and none that the next event would have to wait for.
    /// </summary>
    static readonly TimeSpan ExchangeInterval = TimeSpan.FromMilliseconds(100);

    readonly OutboundOptions _outbound = options.Outbound;
    readonly RelayReport _report = new(kind, options.Outbound.Rest, clock, log);
    readonly Lease _lease = new(Guid.CreateVersion7(clock.GetUtcNow()), options.Outbound.Lease);
    long? _sweptAt;
    long _exchangedAt;
    bool _claimed;
    long _highest;
    long? _leftBehind;
    EventPublisher? _publisher;
    Settled? _settled;

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
                await outbox.SettleAsync(kind, settled, TimeSpan.Zero, abort);
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
            await DisconnectAsync();
        }
    }

    /// <summary>One set of rows and what follows; false when there is nothing left to do.</summary>
    async Task<bool> RoundAsync(CancellationToken stop, CancellationToken abort)
    {
        bool confirmed;
        List<OutboxRow> rows = [];
        try
        {
            _publisher ??= await ConnectAsync(abort);
            CrashPoint.Reached("P8-before");
            rows = TakeHandedOver();
            if (rows.Count == 0 && PutOffExchange() is { Ticks: > 0 } putOff)
            {
                await UnlessStoppedAsync(signal.WaitAsync(putOff, stop));
                rows = TakeHandedOver();
            }

            if (rows.Count == 0 || MustExchange())
            {
                rows.AddRange(await ExchangeAsync(rows.Count, abort));
            }

            if (rows.Count == 0)
            {
                var goesOn = await UnlessStoppedAsync(signal.WaitAsync(_outbound.PollInterval, stop));
                _exchangedAt = clock.GetTimestamp();
                return goesOn;
            }

            CrashPoint.Reached("P8-after");
            _highest = Math.Max(_highest, rows.Max(row => row.Id));
            var settled = await PublishAsync(_publisher, rows, stop, abort);
            _settled = settled.With(_settled);
            confirmed = settled.Confirmed.Length > 0;
            CrashPoint.Reached("P10-after");
        }
        catch (Exception error) when (!abort.IsCancellationRequested)
        {
            _report.Failed(error);
            await DisconnectAsync();
            // Nobody need wait for the lease of what was taken and not published.
            _settled = Settle([], rows.Select(row => row.Id)).With(_settled);
            return await RestAsync(stop);
        }

        // When nothing at all came through, taking the next rows at once would only touch them all in vain.
        signal.Offer(confirmed ? _lease : null);
        return confirmed || await SettleAndRestAsync(_settled, stop, abort);
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

    bool MustExchange() =>
        _settled?.Count >= _outbound.ClaimLimit || clock.GetElapsedTime(_exchangedAt) >= ExchangeInterval;

    /// <summary>
    /// How long clearing may wait for more. Not while others may be left to claim: the second event of a
    /// bill can be claimed once the first is cleared.
    /// </summary>
    TimeSpan PutOffExchange() => _settled is null || _claimed || MustExchange()
        ? TimeSpan.Zero
        : ExchangeInterval - clock.GetElapsedTime(_exchangedAt);

    async Task<List<OutboxRow>> ExchangeAsync(int handedOver, CancellationToken abort)
    {
        var all = _outbound.ClaimLimit;
        var limit = Math.Max((all + ForOthers - 1) / ForOthers, all - handedOver);
        CrashPoint.Reached(_settled is null ? "nothing to clear" : "P11-before");
        var rows = await outbox.ExchangeAsync(kind, _settled, _outbound.Rest, _lease, limit, From(), abort);
        CrashPoint.Reached(_settled is null ? "nothing to clear" : "P11-after");
        (_settled, _claimed, _exchangedAt) = (null, rows.Count > 0, clock.GetTimestamp());
        _leftBehind = rows.Count < limit ? null : rows[^1].Id;
        return rows;
    }

    /// <summary>
    /// Where to begin to look: above what was seen, and that is not what was handed over as long as a claim
    /// could not take all there was. Order of ids is not order of commits: what others were still committing
    /// may stand a little below; and every poll interval everything is looked at.
    /// </summary>
    long From()
    {
        if (_sweptAt is { } sweptAt && clock.GetElapsedTime(sweptAt) < _outbound.PollInterval)
        {
            return (_leftBehind ?? _highest) - (Overlap * _outbound.ClaimLimit);
        }

        _sweptAt = clock.GetTimestamp();
        return 0;
    }

    async Task<bool> SettleAndRestAsync(Settled settled, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            await outbox.SettleAsync(kind, settled, _outbound.Rest, abort);
            _settled = null;
        }
        catch (Exception error) when (!abort.IsCancellationRequested)
        {
            _report.Failed(error);
        }

        return await RestAsync(stop);
    }

    async Task<Settled> PublishAsync(
        EventPublisher publisher, List<OutboxRow> rows, CancellationToken stop, CancellationToken abort)
    {
        var held = rows.Select(row => row.Id).Concat(_settled?.Confirmed ?? []);
        await using var keeper = new LeaseKeeper(outbox, kind, held, _lease, clock, abort);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(keeper.Lost);
        var chains = new Chains(rows);
        while (chains.NextWave(_outbound.WaveSize) is { Length: > 0 } wave)
        {
            giveUp.CancelAfter(_outbound.PublishTimeout);
            var confirmed = chains.Settle(wave, await publisher.PublishAsync(wave, giveUp.Token, stop));
            Metrics.Confirmed(kind, confirmed, clock.GetUtcNow());
        }

        _report.Published(chains, publisher);
        if (chains.Failures(PublishOutcome.Unknown) > 0)
        {
            // What may still stand in the buffers of this connection must not go out beside the next try.
            await DisconnectAsync();
        }

        return Settle(chains.Confirmed, chains.Failed);
    }

    Settled Settle(IEnumerable<long> confirmed, IEnumerable<long> failed) =>
        new() { LeaseId = _lease.Id, Confirmed = [.. confirmed], Failed = [.. failed] };

    async Task<EventPublisher> ConnectAsync(CancellationToken abort)
    {
        var publisher = await EventPublisher.ConnectAsync(options, kind, abort);
        Log.Publishing(log, EventPublisher.ExchangeFor(kind));
        signal.Offer(_lease);
        return publisher;
    }

    async Task DisconnectAsync()
    {
        signal.Offer(lease: null);
        if (_publisher is { } publisher)
        {
            _publisher = null;
            try
            {
                await publisher.DisposeAsync();
            }
            catch (Exception error)
            {
                // It is gone, which is what was wanted; nothing that happens here may end the relay.
                Log.DisconnectFailed(log, error);
            }
        }
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
