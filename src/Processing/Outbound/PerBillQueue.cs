using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Outbound;

/// <summary>
/// A claim, bill by bill. A chain holds the events of one bill in order. The next event is sent only after
/// the last was confirmed; when one fails, the rest of its chain waits with it. Copies of one event have no
/// order, so thousands of them go at once. A row without a bill is a chain of its own. Chains go side by
/// side.
/// </summary>
sealed class PerBillQueue(IEnumerable<OutboxRow> rows)
{
    /// <summary>
    /// Bytes of bodies from which on a batch takes no more: all of it has to be confirmed in time.
    /// </summary>
    internal const int EnoughBytes = 4 * 1024 * 1024;

    readonly Queue<Queue<OutboxRow>> _waiting = new(
        rows.GroupBy(row => row.BillId ?? -row.Id).Select(chain => new Queue<OutboxRow>(chain)));

    readonly List<(Queue<OutboxRow> Chain, int Rows)> _underWay = [];
    readonly int[] _failures = new int[Enum.GetValues<PublishOutcome>().Length];

    /// <summary>Ids of the rows the broker has confirmed.</summary>
    internal List<long> Confirmed { get; } = [];

    /// <summary>Ids of the rows that nobody has and that are to be tried again soon.</summary>
    internal List<long> Failed { get; } = [];

    /// <summary>
    /// The rows that the broker refused or did not answer: others have them, again with each try. Those that
    /// wait behind such a row are among them.
    /// </summary>
    internal List<RefusedRow> Refused { get; } = [];

    /// <summary>How many rows are to be tried again for a reason.</summary>
    internal int Failures(PublishOutcome outcome) => _failures[(int)outcome];

    /// <summary>
    /// The next event of each chain with its copies, up to a limit and to <see cref="EnoughBytes"/>; empty:
    /// all is said. An event of a suspect size goes alone, and after the others.
    /// </summary>
    internal OutboxRow[] NextBatch(int most, SizeLimit limit)
    {
        List<OutboxRow> batch = [];
        List<Queue<OutboxRow>> suspects = [];
        var bytes = 0L;
        while (batch.Count < most && bytes < EnoughBytes && _waiting.TryDequeue(out var chain))
        {
            var next = chain.Peek();
            if (limit.IsSuspect(next.Body.Length))
            {
                suspects.Add(chain);
                continue;
            }

            var fit = Math.Max(1, (EnoughBytes - bytes) / Math.Max(1, next.Body.Length));
            OutboxRow[] copies =
            [
                .. chain.TakeWhile(row => row.EventId == next.EventId)
                    .Take((int)Math.Min(most - batch.Count, fit)),
            ];
            bytes += (long)copies.Length * next.Body.Length;
            _underWay.Add((chain, copies.Length));
            batch.AddRange(copies);
        }

        if (batch.Count == 0 && suspects is [var alone, ..])
        {
            suspects.RemoveAt(0);
            _underWay.Add((alone, 1));
            batch.Add(alone.Peek());
        }

        suspects.ForEach(_waiting.Enqueue);
        return [.. batch];
    }

    /// <summary>What became of the batch, event by event; returns those that were confirmed.</summary>
    internal List<OutboxRow> Complete(OutboxRow[] batch, IReadOnlyList<PublishOutcome> outcomes)
    {
        List<OutboxRow> confirmed = [];
        var place = 0;
        foreach (var (chain, rows) in _underWay)
        {
            PublishOutcome? failure = null;
            for (var end = place + rows; place < end; place++)
            {
                chain.Dequeue();
                if (outcomes[place] == PublishOutcome.Confirmed)
                {
                    confirmed.Add(batch[place]);
                }
                else
                {
                    failure = outcomes[place];
                    Fail(batch[place], outcomes[place]);
                }
            }

            while (failure is { } reason && chain.TryDequeue(out var row))
            {
                Fail(row, reason);
            }

            if (chain.Count > 0)
            {
                _waiting.Enqueue(chain);
            }
        }

        _underWay.Clear();
        Confirmed.AddRange(confirmed.Select(row => row.Id));
        return confirmed;
    }

    /// <summary>What became of all that was on its way.</summary>
    internal Completion Completion(Guid leaseId) => new()
    {
        LeaseId = leaseId, Confirmed = [.. Confirmed], Failed = [.. Failed], Refused = [.. Refused],
    };

    void Fail(OutboxRow row, PublishOutcome reason)
    {
        _failures[(int)reason]++;
        if (reason is PublishOutcome.Refused or PublishOutcome.Unanswered or PublishOutcome.Unacceptable)
        {
            Refused.Add(new RefusedRow(row.Id, row.Attempts));
        }
        else
        {
            Failed.Add(row.Id);
        }
    }
}
