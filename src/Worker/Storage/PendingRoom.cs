using System.Collections.Concurrent;

namespace Reversals.Worker.Storage;

/// <summary>
/// How many more requests of a client may wait for their payment. Counted at every look at the table and by
/// what this worker adds in between, so several workers may go over it by what they add in one interval.
/// </summary>
/// <param name="most">By client.</param>
sealed class PendingRoom(IReadOnlyDictionary<string, int> most)
{
    readonly ConcurrentDictionary<string, long> _waiting = new(StringComparer.Ordinal);

    /// <summary>False: no more of this client's may wait. Costs a look-up in memory.</summary>
    internal bool Has(string client) =>
        !_waiting.TryGetValue(client, out var waiting) || waiting < most[client];

    /// <summary>One more of this client's waits.</summary>
    internal void Add(string client) => _waiting.AddOrUpdate(client, 1, (_, waiting) => waiting + 1);

    /// <summary>As many wait as stand in the table.</summary>
    internal void Set(IReadOnlyDictionary<string, long> counts)
    {
        foreach (var client in most.Keys)
        {
            if (counts.TryGetValue(client, out var count))
            {
                _waiting[client] = count;
            }
            else
            {
                _waiting.TryRemove(client, out var _);
            }
        }
    }
}
