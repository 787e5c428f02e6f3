using Reversals.Worker.Batching;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Inbound;

/// <summary>
/// The second source of requests: those that came before their payment. When a payment they may mean has
/// appeared, or their time is up, they are handed over again as if they arrived now. Looks at all of them in
/// turn, a page every interval; which of them are still unanswered is settled under the locks of the batch.
/// </summary>
sealed class PendingRequests(
    Pending pending, GroupCommit<ReversalRequest> reversals, WorkerOptions options, TimeProvider clock,
    ILogger<PendingRequests> log)
{
    /// <summary>Requests that failed alone, left to people until the next start.</summary>
    readonly HashSet<long> _failed = [];

    internal async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.Inbound.PendingPollInterval, clock);
        var after = 0L;
        try
        {
            do
            {
                try
                {
                    after = await LookAsync(after, stop);
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

    /// <summary>Hands over what is due of the next page; returns where to go on.</summary>
    async Task<long> LookAsync(long after, CancellationToken stop)
    {
        var page = await pending.PageAsync(after, clock.GetUtcNow(), stop);
        await Task.WhenAll(page.Due
            .Where(request => !_failed.Contains(request.Remembered!.Id) && HasClient(request))
            .Select(request => DecideAsync(request, stop)));
        return page.Last;
    }

    /// <summary>A client that is configured no longer has no policy; its requests wait for it.</summary>
    bool HasClient(ReversalRequest request) => options.Clients.ContainsKey(request.ClientId);

    async Task DecideAsync(ReversalRequest request, CancellationToken stop)
    {
        if (await reversals.SubmitAsync(request, stop) is { } error)
        {
            Log.RememberedFailsAlone(log, request.Remembered!.Id, error);
            _failed.Add(request.Remembered.Id);
        }
    }
}
