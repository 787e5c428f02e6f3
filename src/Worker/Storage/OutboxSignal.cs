namespace Reversals.Worker.Storage;

/// <summary>Wakes the relay after a commit. Any number of wake-ups before it looks count as one.</summary>
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
            Volatile.Write(ref _pending, 0);
        }
    }
}
