using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>How much was done in a time, by all workers together; each for a second.</summary>
sealed record RateSample
{
    /// <summary>The end of that time.</summary>
    public required DateTime At { get; init; }

    public required double Reversed { get; init; }
    public required double Rejected { get; init; }
    public required double Quarantined { get; init; }
    public required double Published { get; init; }
}

/// <summary>
/// Remembers how fast things went since this process started. The server's own counters are looked at now and
/// then: counting the rows would take the longer the more there is to see.
/// </summary>
sealed class RateHistory(PostgresServers database, TimeProvider clock)
{
    /// <summary>Time between two samples.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Half an hour.</summary>
    const int Most = 180;

    readonly Queue<RateSample> _samples = new();
    (DateTime At, Written Rows)? _last;

    /// <summary>Oldest first.</summary>
    internal IReadOnlyList<RateSample> Read()
    {
        lock (_samples)
        {
            return [.. _samples];
        }
    }

    /// <summary>Takes one more sample. An outage of the database leaves a gap.</summary>
    internal async Task SampleAsync(CancellationToken stop)
    {
        var rows = (await Query.ReadAsync<Written>(database, "rows_written", stop))[0];
        var now = clock.GetUtcNow().UtcDateTime;

        // A server that crashed begins to count at nothing again.
        if (_last is { } last && rows.Decided >= last.Rows.Decided && now > last.At)
        {
            Keep(last.Rows, rows, now, (now - last.At).TotalSeconds);
        }

        _last = (now, rows);
    }

    void Keep(Written before, Written after, DateTime now, double seconds)
    {
        double Each(long rows) => Math.Max(rows, 0) / seconds;
        var reversed = after.Reversed - before.Reversed;
        lock (_samples)
        {
            _samples.Enqueue(new RateSample
            {
                At = now,
                Reversed = Each(reversed),
                Rejected = Each(after.Decided - before.Decided - reversed),
                Quarantined = Each(after.Quarantined - before.Quarantined),
                Published = Each(after.Published - before.Published),
            });
            if (_samples.Count > Most)
            {
                _samples.Dequeue();
            }
        }
    }

    sealed record Written
    {
        public required long Decided { get; init; }
        public required long Reversed { get; init; }
        public required long Quarantined { get; init; }
        public required long Published { get; init; }
    }
}
