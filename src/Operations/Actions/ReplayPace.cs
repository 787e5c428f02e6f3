namespace Reversals.Operations.Actions;

/// <summary>
/// How many messages of a replay are sent at once: one, then ten, then a hundred, so that a mistake is seen
/// before much is sent; and not more a second than the operator allows.
/// </summary>
sealed class ReplayPace(ReplayTerms terms, TimeProvider clock)
{
    /// <summary>Most messages in memory at one time, and of one commit.</summary>
    internal const int AtOnce = 200;

    const int Growth = 10;

    readonly long _began = clock.GetTimestamp();
    int _size = 1;
    int _sent;

    /// <summary>Most messages of the next portion; 0: no more are to be sent.</summary>
    internal int Next => Math.Min(
        terms.Limit - _sent, terms.IsDry ? AtOnce : Math.Min(_size, terms.Rate ?? AtOnce));

    /// <summary>So many more were sent; a portion of which none was tells nothing.</summary>
    internal void Sent(int count)
    {
        _sent += count;
        _size = count == 0 ? _size : Math.Min(_size * Growth, AtOnce);
    }

    /// <summary>Returns when the next portion may go.</summary>
    internal Task WaitAsync(CancellationToken stop)
    {
        var due = terms.Rate is { } rate ? TimeSpan.FromSeconds((double)_sent / rate) : TimeSpan.Zero;
        var left = due - clock.GetElapsedTime(_began);
        return terms.IsDry || left <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(left, clock, stop);
    }
}
