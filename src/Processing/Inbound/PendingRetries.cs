using Reversals.Processing.Storage;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Remembers which requests were handed over. Whoever is due still fails alone, or its payment does not do
/// yet: all of these are tried again together, in the order of arrival, after a pause that doubles.
/// </summary>
/// <param name="first">The first pause.</param>
/// <param name="clock">Measures them.</param>
sealed class PendingRetries(TimeSpan first, TimeProvider clock)
{
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    readonly TimeSpan _first = first;
    readonly HashSet<DueRequest> _tried = [];
    TimeSpan _pause = first;
    long _since;

    /// <summary>Of those who are due, those to be handed over now.</summary>
    internal IReadOnlyList<DueRequest> Choose(PendingLookResult look)
    {
        if (look.IsAll)
        {
            _tried.IntersectWith(look.Due);
            if (_tried.Count == 0)
            {
                (_pause, _since) = (_first, clock.GetTimestamp());
            }
            else if (clock.GetElapsedTime(_since) >= _pause)
            {
                _tried.Clear();
                _since = clock.GetTimestamp();
                _pause = _pause * 2 < Longest ? _pause * 2 : Longest;
            }
        }

        DueRequest[] chosen = [.. look.Due.Where(one => !_tried.Contains(one))];
        _tried.UnionWith(chosen);
        return chosen;
    }

    /// <summary>They were not decided at all, for a reason that is not theirs.</summary>
    internal void Undecided(IEnumerable<DueRequest> requests) => _tried.ExceptWith(requests);
}
