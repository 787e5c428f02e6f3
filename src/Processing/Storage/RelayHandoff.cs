using System.Collections.Concurrent;
using System.Collections.Frozen;
using Reversals.Contracts;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>A relay's standing offer to publish what is added from now on.</summary>
/// <param name="Id">Goes with the rows; only the holder clears them.</param>
/// <param name="Length">How long a row is nobody else's.</param>
sealed record Lease(Guid Id, TimeSpan Length);

/// <summary>
/// Between the commits and a relay. The relay offers a lease; a commit hands over the rows born with it and
/// wakes the relay. Any number of wake-ups before the relay looks count as one.
/// </summary>
sealed class RelayHandoff(TimeProvider clock) : IDisposable
{
    /// <summary>A relay that cannot keep up claims the rest later; memory does not grow with it.</summary>
    const int MostInHand = 2_000;

    readonly SemaphoreSlim _woken = new(0, 1);
    readonly ConcurrentQueue<(IReadOnlyList<OutboxRow> Rows, long Since)> _handedOver = new();
    volatile Lease? _lease;
    int _inHand;
    int _pending;
    int _leftBehind;
    volatile Blocked? _blocked;

    /// <summary>
    /// Why the last events that the relay published stay in the outbox; null: they do not, or it is so long
    /// ago that another worker may have published them since.
    /// </summary>
    internal string? BlockedBy =>
        _blocked is { } blocked && clock.GetTimestamp() < blocked.Until ? blocked.Because : null;

    /// <summary>The events that were published last stay in the outbox.</summary>
    /// <param name="because">Why, and what to do.</param>
    /// <param name="longest">They are tried again before that.</param>
    internal void Block(string because, TimeSpan longest) => _blocked = new(
        because, clock.GetTimestamp() + (long)(longest.TotalSeconds * clock.TimestampFrequency));

    /// <summary>Events were taken, and no other one was left.</summary>
    internal void Unblock() => _blocked = null;

    /// <summary>The lease for new rows; null while the relay cannot publish them at once.</summary>
    internal Lease? Lease => Volatile.Read(ref _inHand) < MostInHand ? _lease : null;

    public void Dispose() => _woken.Dispose();

    /// <summary>From now on new rows may be born with this lease; null: they wait to be claimed.</summary>
    internal void Offer(Lease? lease) => _lease = lease;

    /// <summary>Gives the rows of one commit to the relay that leased them.</summary>
    /// <param name="rows">In the order of their ids.</param>
    /// <param name="since">Timestamp before they were saved, when their leases cannot have begun yet.</param>
    internal void HandOver(IReadOnlyList<OutboxRow> rows, long since)
    {
        Interlocked.Add(ref _inHand, rows.Count);
        _handedOver.Enqueue((rows, since));
    }

    /// <summary>
    /// Takes rows whose lease is young enough. Older rows are dropped here and published by whoever claims
    /// them later. The rows of one commit are taken together: otherwise the second event of a bill could be
    /// on its way alone when the first has failed.
    /// </summary>
    /// <param name="enough">From this number on no further commit's are taken.</param>
    /// <param name="notBefore">Oldest timestamp.</param>
    internal List<OutboxRow> Take(int enough, long notBefore)
    {
        List<OutboxRow> rows = [];
        while (rows.Count < enough && _handedOver.TryDequeue(out var next))
        {
            Interlocked.Add(ref _inHand, -next.Rows.Count);
            if (next.Since >= notBefore)
            {
                rows.AddRange(next.Rows);
            }
        }

        return rows;
    }

    /// <summary>
    /// A commit added rows that were not handed over, such as an event of a bill whose event before is not
    /// published yet: they are to be claimed soon.
    /// </summary>
    internal void LeaveBehind() => Volatile.Write(ref _leftBehind, 1);

    /// <summary>Whether rows were left behind since this was asked last.</summary>
    internal bool TakeLeftBehind() => Interlocked.Exchange(ref _leftBehind, 0) == 1;

    internal void Wake()
    {
        if (Interlocked.Exchange(ref _pending, 1) == 0)
        {
            _woken.Release();
        }
    }

    /// <summary>Waits to be woken, at the longest the given time.</summary>
    internal async Task WaitAsync(TimeSpan longest, CancellationToken stop)
    {
        if (await _woken.WaitAsync(longest, stop))
        {
            // Before the look that follows: a commit that wakes from now on
            // is either seen by it or wakes again.
            Volatile.Write(ref _pending, 0);
        }
    }

    sealed record Blocked(string Because, long Until);
}

/// <summary>One signal for each kind of events, and the way of the answers.</summary>
sealed class RelayHandoffs(TimeProvider clock) : IDisposable
{
    /// <summary>Every kind of events, each with an exchange and a relay of its own.</summary>
    internal static readonly IReadOnlyList<string> Kinds = [PaymentReversed.Kind, ReversalRejected.Kind];

    readonly FrozenDictionary<string, RelayHandoff> _signals =
        Kinds.ToFrozenDictionary(kind => kind, _ => new RelayHandoff(clock), StringComparer.Ordinal);

    internal RelayHandoff this[string kind] => _signals[kind];

    /// <summary>Why the broker takes no events; null: it has not said so.</summary>
    internal string? Alarm { get; set; }

    /// <summary>Why events stay in the outbox, for who looks from elsewhere; null: they do not.</summary>
    internal string? Problem => Alarm is { } alarm ? $"RabbitMQ takes no events: {alarm}"
        : Kinds.Select(kind => _signals[kind].BlockedBy).OfType<string>().ToList() is { Count: > 0 } all
            ? string.Join("; ", all)
        : null;

    /// <summary>For the callers of the gateway.</summary>
    internal AnswerHandoff Answers { get; } = new();

    /// <summary>
    /// The leases for the rows of one commit, whatever is offered while it is made: if one event of a bill
    /// got a lease and the one before it none, it would be published first.
    /// </summary>
    internal IReadOnlyDictionary<string, Lease?> Leases() =>
        _signals.ToDictionary(signal => signal.Key, signal => signal.Value.Lease, StringComparer.Ordinal);

    public void Dispose()
    {
        foreach (var signal in _signals.Values)
        {
            signal.Dispose();
        }
    }
}
