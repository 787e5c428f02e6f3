using Reversals.Processing.Storage;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Remembers which requests were handed over. A request that is due again failed alone, or its payment does
/// not fit yet. All of these are tried again together, in the order of arrival, after a pause that doubles.
/// </summary>
/// <param name="first">The first pause.</param>
/// <param name="clock">Measures them.</param>
sealed class PendingRetries(TimeSpan first, TimeProvider clock)
{
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    readonly Backoff _backoff = new(first, Longest);
    readonly HashSet<DueRequest> _tried = [];
    int _attempts = 1;
    long _since;

    /// <summary>Of those who are due, those to be handed over now.</summary>
    internal IReadOnlyList<DueRequest> Choose(PendingLookResult look)
    {
        if (look.IsAll)
        {
            _tried.IntersectWith(look.Due);
            if (_tried.Count == 0)
            {
                (_attempts, _since) = (1, clock.GetTimestamp());
            }
            else if (clock.GetElapsedTime(_since) >= _backoff.After(_attempts))
            {
                _tried.Clear();
                (_attempts, _since) = (_attempts + 1, clock.GetTimestamp());
            }
        }

        DueRequest[] chosen = [.. look.Due.Where(one => !_tried.Contains(one))];
        _tried.UnionWith(chosen);
        return chosen;
    }

    /// <summary>They were not decided at all, for a reason that is not theirs.</summary>
    internal void Undecided(IEnumerable<DueRequest> requests) => _tried.ExceptWith(requests);
}
