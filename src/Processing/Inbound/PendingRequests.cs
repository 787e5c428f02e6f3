using Reversals.Contracts;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.Processing.Watching;

namespace Reversals.Processing.Inbound;

/// <summary>
/// The second source of requests: those that came before their payment. When a payment they may mean has
/// appeared, or their time is up, they are handed over again as if they arrived now. The batch finds out
/// under its locks which of them are still undecided. A request that fails alone is tried again until its
/// time is up, and then refused.
/// </summary>
sealed class PendingRequests(
    Pending pending, WaitingLimit room, GroupCommit<ReversalRequest> reversals, PauseWatch pauses,
    WorkerOptions options, TimeProvider clock, ILogger<PendingRequests> log)
{
    /// <summary>Handed over together; more wait until these are done.</summary>
    const int AtOnce = 1_000;

    readonly PendingLook _look = new(pending, clock);
    readonly PendingRetries _retries = new(options.Inbound.PendingPollInterval, clock);

    /// <summary>Logged already: it fails the same way each time.</summary>
    readonly HashSet<long> _logged = [];

    readonly HashSet<string> _full = new(StringComparer.Ordinal);

    internal Task RunAsync(CancellationToken stop) =>
        Repeating.EveryAsync(options.Inbound.PendingPollInterval, clock, TryLookAsync, stop);

    /// <summary>No error of a look ends the looking.</summary>
    async Task TryLookAsync(CancellationToken stop)
    {
        try
        {
            await LookAsync(stop);
        }
        catch (Exception error)
            when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // What was given back is handed over again; the lanes say why.
            if (error is not OperationCanceledException)
            {
                Log.PendingOutOfSight(log, Database.Explain(error));
            }
        }
    }

    async Task LookAsync(CancellationToken stop)
    {
        if (!pauses.MayTake)
        {
            return;
        }

        var look = await _look.DueAsync(new(clock.GetUtcNow(), pauses.Clients), stop);
        if (look.IsAll)
        {
            await pending.CountAsync(room, stop);
            LogWhoIsFull();
            if (look.Due.Count == 0)
            {
                _logged.Clear();
            }
        }

        foreach (var due in _retries.Choose(look).Chunk(AtOnce))
        {
            try
            {
                var requests = await pending.ReadAsync(
                    [.. due.Select(one => one.Id)], clock.GetUtcNow(), stop);
                await Task.WhenAll(requests.Select(request => DecideAsync(request, stop)));
            }
            catch
            {
                _retries.Undecided(due);
                throw;
            }
        }
    }

    void LogWhoIsFull()
    {
        foreach (var client in room.Full)
        {
            if (_full.Add(client))
            {
                Log.PendingFull(log, client, room.MostOf(client));
            }
        }

        _full.RemoveWhere(client => room.Has(client));
    }

    async Task DecideAsync(ReversalRequest request, CancellationToken stop)
    {
        if (await reversals.SubmitAsync(request, stop) is not Failed failed)
        {
            return;
        }

        var (id, until) = (request.Pending!.Id, request.Pending.Until);
        if (_logged.Add(id))
        {
            Log.RememberedFailsAlone(log, id, until, failed.Error);
        }

        if (clock.GetUtcNow() >= until)
        {
            // It touches nothing that failed: its payment and bill are not looked at any more.
            var last = request with { Rejection = Rejection.For(Reason.InternalError) };
            if (await reversals.SubmitAsync(last, stop) is Failed unsaved)
            {
                Log.RememberedFailsAlone(log, id, until, unsaved.Error);
            }
        }
    }
}
