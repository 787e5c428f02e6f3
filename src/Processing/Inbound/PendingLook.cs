using Reversals.Processing.Storage;

namespace Reversals.Processing.Inbound;

/// <summary>What a look found.</summary>
/// <param name="Due">In the order of arrival.</param>
/// <param name="IsAll">Whether everybody who waits was looked at.</param>
sealed record PendingLookResult(IReadOnlyList<DueRequest> Due, bool IsAll);

/// <summary>
/// Which requests it is time for. Every look reads the new payments, which costs the same however many
/// requests wait. A look at all requests that wait takes at most a tenth of the time. It finds payments that
/// were committed late, have an id of the biller's own, or were changed afterwards.
/// </summary>
sealed class PendingLook(Pending pending, TimeProvider clock)
{
    /// <summary>A look at all is followed by this many times its length without one.</summary>
    const int Share = 9;

    /// <summary>More new payments than these are left to the look at all.</summary>
    const int MostPayments = 10_000;

    /// <summary>
    /// Ids are given before the commit, so a payment this old may still appear below the newest.
    /// </summary>
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(3);

    /// <summary>The newest payment at some times, oldest first.</summary>
    readonly Queue<(long At, long Id)> _newest = new();
    long? _sweptAt;
    TimeSpan _swept;

    internal async Task<PendingLookResult> DueAsync(LookTerms terms, CancellationToken stop)
    {
        var newest = (clock.GetTimestamp(), await pending.NewestPaymentAsync(stop));
        while (_newest.Count > 1 && clock.GetElapsedTime(_newest.ElementAt(1).At) >= Overlap)
        {
            _newest.Dequeue();
        }

        PendingLookResult result;
        if (_sweptAt is { } sweptAt && clock.GetElapsedTime(sweptAt) < _swept * Share)
        {
            result = new(
                await pending.FreshAsync(_newest.Peek().Id, MostPayments, terms, stop), IsAll: false);
        }
        else
        {
            result = new(await SweepAsync(terms, stop), IsAll: true);
        }

        _newest.Enqueue(newest);
        return result;
    }

    /// <summary>A look that fails after a long while is paced like one that succeeds.</summary>
    async Task<List<DueRequest>> SweepAsync(LookTerms terms, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        try
        {
            return await pending.SweepAsync(terms, stop);
        }
        finally
        {
            (_sweptAt, _swept) = (clock.GetTimestamp(), clock.GetElapsedTime(began));
        }
    }
}
