using Reversals.Processing.Storage;

namespace Reversals.Processing.Outbound;

/// <summary>
/// Keeps the lease on events that are on their way, however slow the broker is. An event that is published
/// again because its confirm was late would make a slow broker slower still.
/// </summary>
sealed class LeaseRenewer : IAsyncDisposable
{
    readonly Outbox _outbox;
    readonly string _kind;
    readonly IEnumerable<long> _ids;
    readonly Lease _lease;
    readonly TimeProvider _clock;
    readonly CancellationTokenSource _lost;
    readonly Task _keeping;

    /// <param name="outbox">Where the rows are.</param>
    /// <param name="kind">The kind of events.</param>
    /// <param name="ids">Of rows that have been held for no longer than half of their lease.</param>
    /// <param name="lease">That they are held under.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="abort">Ends it as a lost lease does.</param>
    internal LeaseRenewer(
        Outbox outbox, string kind, IEnumerable<long> ids, Lease lease, TimeProvider clock,
        CancellationToken abort)
    {
        (_outbox, _kind, _ids, _lease, _clock) = (outbox, kind, ids, lease, clock);
        _lost = CancellationTokenSource.CreateLinkedTokenSource(abort);
        _lost.CancelAfter(Safe);
        _keeping = KeepAsync(_lost.Token);
    }

    /// <summary>
    /// The lease is lost, or about to end: then others may publish the same events. Or all is over.
    /// </summary>
    internal CancellationToken Lost => _lost.Token;

    /// <summary>How long after it was renewed a lease is surely still ours.</summary>
    TimeSpan Safe => _lease.Length * 3 / 8;

    public async ValueTask DisposeAsync()
    {
        await _lost.CancelAsync();
        await _keeping;
        _lost.Dispose();
    }

    async Task KeepAsync(CancellationToken lost)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_lease.Length / 8, _clock, lost);
                if (!await _outbox.RenewAsync(_kind, [.. _ids], _lease, lost))
                {
                    await _lost.CancelAsync();
                    return;
                }

                _lost.CancelAfter(Safe);
            }
        }
        catch (Exception)
        {
            // All is over, or PostgreSQL cannot be asked: then what is done in time stands, and completing it
            // will say what is wrong.
        }
    }
}
