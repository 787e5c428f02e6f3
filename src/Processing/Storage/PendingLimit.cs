using System.Collections.Concurrent;

namespace Reversals.Processing.Storage;

/// <summary>
/// How many more requests of a client may wait for their payment. Counted at every look at all of them and by
/// what this worker adds in between, so several workers may go over it by what they add in that time.
/// </summary>
/// <param name="most">By client.</param>
sealed class PendingLimit(IReadOnlyDictionary<string, int> most)
{
    /// <summary>What this worker added since it started.</summary>
    readonly ConcurrentDictionary<string, long> _added = new(StringComparer.Ordinal);

    /// <summary>What the table held, less what had been added when it was counted.</summary>
    readonly ConcurrentDictionary<string, long> _others = new(StringComparer.Ordinal);

    /// <summary>The clients of which no more may wait.</summary>
    internal IEnumerable<string> Full => most.Keys.Where(client => !Has(client));

    /// <summary>False: no more of this client's may wait. Costs two look-ups in memory.</summary>
    internal bool Has(string client) =>
        !most.TryGetValue(client, out var limit)
        || Added(client) + _others.GetValueOrDefault(client) < limit;

    /// <summary>One more of this client's waits.</summary>
    internal void Add(string client) => _added.AddOrUpdate(client, 1, (_, added) => added + 1);

    /// <summary>Takes over what the table says; what is added meanwhile counts on top.</summary>
    /// <param name="count">Counts the requests that wait, by client.</param>
    internal async Task CountAsync(Func<Task<Dictionary<string, long>>> count)
    {
        var before = most.Keys.ToDictionary(client => client, Added, StringComparer.Ordinal);
        var counts = await count();
        foreach (var (client, added) in before)
        {
            _others[client] = counts.GetValueOrDefault(client) - added;
        }
    }

    long Added(string client) => _added.GetValueOrDefault(client);
}
