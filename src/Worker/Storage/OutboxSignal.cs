using System.Collections.Frozen;
using Reversals.Contracts;

namespace Reversals.Worker.Storage;

/// <summary>Wakes a relay after a commit. Any number of wake-ups before it looks count as one.</summary>
sealed class OutboxSignal : IDisposable
{
    readonly SemaphoreSlim _woken = new(0, 1);
    int _pending;

    public void Dispose() => _woken.Dispose();

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
            // Before the claim that follows: a commit that wakes from now on
            // is either seen by it or wakes again.
            Volatile.Write(ref _pending, 0);
        }
    }
}

/// <summary>One signal for each kind of events.</summary>
sealed class OutboxSignals : IDisposable
{
    /// <summary>Every kind of events, each with an exchange and a relay of its own.</summary>
    internal static readonly IReadOnlyList<string> Kinds = [PaymentReversed.Kind, ReversalRejected.Kind];

    readonly FrozenDictionary<string, OutboxSignal> _signals =
        Kinds.ToFrozenDictionary(kind => kind, _ => new OutboxSignal(), StringComparer.Ordinal);

    internal OutboxSignal this[string kind] => _signals[kind];

    public void Dispose()
    {
        foreach (var signal in _signals.Values)
        {
            signal.Dispose();
        }
    }
}
