namespace Reversals.Processing.Storage;

/// <summary>
/// Where a look at the outbox begins, for each kind: at the lowest row that was there last time. Below it
/// stand the dead rows of what was published, and while somebody holds a transaction open on the server
/// nobody may remove them. Order of ids is not order of commits: so now and then everything is looked at.
/// </summary>
sealed class LowestIds(TimeProvider clock)
{
    /// <summary>How far below what was given out a row may still be committed, as a rule.</summary>
    const long Overlap = 10_000;

    /// <summary>A look at everything may take so large a part of the time.</summary>
    const int Part = 100;

    static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    readonly Dictionary<string, long> _lowest = new(StringComparer.Ordinal);
    readonly Lock _gate = new();
    TimeSpan _sweepTook;
    long? _sweptAt;

    /// <summary>Of each kind, in this order; 0: everything.</summary>
    internal long[] From(IReadOnlyList<string> kinds, bool maySweep)
    {
        lock (_gate)
        {
            var isDue = maySweep && (_sweptAt is not { } sweptAt
                || clock.GetElapsedTime(sweptAt) > Longer(SweepInterval, _sweepTook * Part));
            _sweptAt = isDue ? clock.GetTimestamp() : _sweptAt;
            return [.. kinds.Select(kind => isDue ? 0 : _lowest.GetValueOrDefault(kind))];
        }
    }

    /// <summary>A look is done.</summary>
    /// <param name="kind">What it looked for.</param>
    /// <param name="first">The lowest row; null: there was none.</param>
    /// <param name="last">The highest id that was given out.</param>
    internal void Seen(string kind, long? first, long last)
    {
        lock (_gate)
        {
            _lowest[kind] = Math.Max(0, (first ?? last) - Overlap);
        }
    }

    /// <summary>Everything was looked at, and took so long.</summary>
    internal void Swept(TimeSpan took)
    {
        lock (_gate)
        {
            _sweepTook = took;
        }
    }

    static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
