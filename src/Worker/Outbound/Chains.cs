using Reversals.Worker.Storage;

namespace Reversals.Worker.Outbound;

/// <summary>
/// A claim, bill by bill. A chain is what one bill has to say, in order: its next event is on its way only
/// after the one before was confirmed, and when one fails the rest of its chain waits with it. Rows without a
/// bill are chains of one. Different chains go side by side.
/// </summary>
sealed class Chains(IEnumerable<OutboxRow> rows)
{
    readonly Queue<Queue<OutboxRow>> _waiting = new(
        rows.GroupBy(row => row.BillId ?? -row.Id).Select(chain => new Queue<OutboxRow>(chain)));

    readonly List<Queue<OutboxRow>> _underWay = [];
    readonly int[] _failures = new int[Enum.GetValues<PublishOutcome>().Length];

    /// <summary>Ids of the rows the broker has confirmed.</summary>
    internal List<long> Confirmed { get; } = [];

    /// <summary>Ids of the rows that are to be tried again.</summary>
    internal List<long> Failed { get; } = [];

    /// <summary>How many rows are to be tried again for a reason.</summary>
    internal int Failures(PublishOutcome outcome) => _failures[(int)outcome];

    /// <summary>The next event of each of so many chains at the most; empty: all is said.</summary>
    internal OutboxRow[] NextWave(int most)
    {
        while (_underWay.Count < most && _waiting.TryDequeue(out var chain))
        {
            _underWay.Add(chain);
        }

        return [.. _underWay.Select(chain => chain.Peek())];
    }

    /// <summary>What became of the wave, event by event; returns those that were confirmed.</summary>
    internal List<OutboxRow> Settle(OutboxRow[] wave, IReadOnlyList<PublishOutcome> outcomes)
    {
        for (var place = 0; place < wave.Length; place++)
        {
            var (chain, outcome) = (_underWay[place], outcomes[place]);
            if (outcome != PublishOutcome.Confirmed)
            {
                _failures[(int)outcome] += chain.Count;
                Failed.AddRange(chain.Select(row => row.Id));
                continue;
            }

            Confirmed.Add(chain.Dequeue().Id);
            if (chain.Count > 0)
            {
                _waiting.Enqueue(chain);
            }
        }

        _underWay.Clear();
        return [.. wave.Where((_, place) => outcomes[place] == PublishOutcome.Confirmed)];
    }
}
