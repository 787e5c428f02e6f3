using Reversals.Processing.Storage;

namespace Reversals.Processing.Inbound;

/// <summary>What a look found.</summary>
/// <param name="Due">In the order of arrival.</param>
/// <param name="IsAll">Whether everybody who waits was looked at.</param>
sealed record PendingLookResult(IReadOnlyList<DueRequest> Due, bool IsAll);

/// <summary>
/// Which requests it is time for. Payments that are new are looked at every time; that costs the same however
/// many wait. Everybody who waits is looked at as often as that takes no more than a tenth of the time: it
/// finds what was committed late, under an id of the biller's own, or changed afterwards.
/// </summary>
sealed class PendingLook(Pending pending, TimeProvider clock)
{
    /// <summary>A look at all is followed by this many times its length without one.</summary>
    const int Share = 9;

    /// <summary>More new payments than these are left to the look at all.</summary>
    const int MostPayments = 10_000;

    /// <summary>
    /// Ids are given before they are committed: what is this old may still appear below the newest.
    /// </summary>
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(3);

    /// <summary>The newest payment at some times, oldest first.</summary>
    readonly Queue<(long At, long Id)> _newest = new();
    long? _sweptAt;
    TimeSpan _swept;

    internal async Task<PendingLookResult> DueAsync(DateTimeOffset now, CancellationToken stop)
    {
        var newest = (clock.GetTimestamp(), await pending.NewestPaymentAsync(stop));
        while (_newest.Count > 1 && clock.GetElapsedTime(_newest.ElementAt(1).At) >= Overlap)
        {
            _newest.Dequeue();
        }

        PendingLookResult result;
        if (_sweptAt is { } sweptAt && clock.GetElapsedTime(sweptAt) < _swept * Share)
        {
            result = new(await pending.FreshAsync(_newest.Peek().Id, MostPayments, now, stop), IsAll: false);
        }
        else
        {
            result = new(await SweepAsync(now, stop), IsAll: true);
        }

        _newest.Enqueue(newest);
        return result;
    }

    /// <summary>One that fails after a long while is paced like one that does not.</summary>
    async Task<List<DueRequest>> SweepAsync(DateTimeOffset now, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        try
        {
            return await pending.SweepAsync(now, stop);
        }
        finally
        {
            (_sweptAt, _swept) = (clock.GetTimestamp(), clock.GetElapsedTime(began));
        }
    }
}
