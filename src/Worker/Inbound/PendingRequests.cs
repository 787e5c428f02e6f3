using Reversals.Contracts;
using Reversals.Worker.Batching;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Inbound;

/// <summary>
/// The second source of requests: those that came before their payment. When a payment they may mean has
/// appeared, or their time is up, they are handed over again as if they arrived now; which of them are still
/// unanswered is settled under the locks of the batch. One that fails alone is tried again until its time is
/// up, and then refused.
/// </summary>
sealed class PendingRequests(
    Pending pending, PendingRoom room, GroupCommit<ReversalRequest> reversals, WorkerOptions options,
    TimeProvider clock, ILogger<PendingRequests> log)
{
    /// <summary>Handed over together; more wait until these are done.</summary>
    const int AtOnce = 1_000;

    readonly PendingLook _look = new(pending, clock);
    readonly PendingRetries _retries = new(options.Inbound.PendingPollInterval, clock);

    /// <summary>Told of already: it fails the same way each time.</summary>
    readonly HashSet<long> _told = [];

    internal async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.Inbound.PendingPollInterval, clock);
        try
        {
            do
            {
                try
                {
                    await LookAsync(stop);
                }
                catch (Exception error) when (Database.Classify(error) != Fault.Data)
                {
                    // The lanes and the relay say that the database is away.
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // The worker stops; what was not committed waits on.
        }
    }

    async Task LookAsync(CancellationToken stop)
    {
        room.Set(await pending.CountsAsync(stop));
        var look = await _look.DueAsync(clock.GetUtcNow(), stop);
        if (look is { IsAll: true, Due.Count: 0 })
        {
            _told.Clear();
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

    async Task DecideAsync(ReversalRequest request, CancellationToken stop)
    {
        if (await reversals.SubmitAsync(request, stop) is not { } error)
        {
            return;
        }

        var (id, until) = (request.Remembered!.Id, request.Remembered.Until);
        if (_told.Add(id))
        {
            Log.RememberedFailsAlone(log, id, until, error);
        }

        if (clock.GetUtcNow() >= until)
        {
            // It touches nothing that failed: its payment and bill are not looked at any more.
            var last = request with { Refusal = Refusal.For(Reason.InternalError) };
            if (await reversals.SubmitAsync(last, stop) is { } unanswered)
            {
                Log.RememberedFailsAlone(log, id, until, unanswered);
            }
        }
    }
}
