namespace Reversals.Tests.Chaos.World;

/// <summary>A named point of the worker, and how often it is passed before the worker dies there.</summary>
sealed record CrashPoint(string Name, int Times);

/// <summary>
/// All named points, each so many times, in an order of the seed. Each start of a worker takes the next one;
/// a worker that died of something else first leaves its point to the next.
/// </summary>
sealed class CrashPlan
{
    const int Points = 12;

    /// <summary>Before and after each point.</summary>
    internal const int Sides = 2 * Points;

    /// <summary>Points that each message passes; the others are passed once a batch.</summary>
    static readonly string[] OfMessages = ["P0-before", "P0-after", "P1-before", "P1-after", "P6-after"];

    readonly Lock _gate = new();
    readonly LinkedList<CrashPoint> _waiting = [];
    bool _rests;

    internal CrashPlan(ChaosOptions options)
    {
        var chance = new Random(options.Seed + 2);
        string[] all =
        [
            .. Enumerable.Range(0, Points)
                .SelectMany(point => (string[])[$"P{point}-before", $"P{point}-after"]),
        ];
        string[] wanted =
        [
            .. all.Where(name => options.Only.Any(part => name.StartsWith(part, StringComparison.Ordinal))),
        ];
        var names = wanted.Length > 0 ? wanted : all;
        for (var turn = 0; turn < options.Points; turn++)
        {
            chance.Shuffle(names);
            foreach (var name in names)
            {
                var most = OfMessages.Contains(name, StringComparer.Ordinal) ? 16 : 5;
                _waiting.AddLast(new CrashPoint(name, chance.Next(1, most)));
            }
        }

        Planned = _waiting.Count;
    }

    internal int Planned { get; }

    internal Dictionary<string, int> Hits { get; } = new(StringComparer.Ordinal);

    internal int Hit
    {
        get
        {
            lock (_gate)
            {
                return Hits.Values.Sum();
            }
        }
    }

    /// <summary>Whether a worker that starts now is sent to a point.</summary>
    internal bool IsOn
    {
        get
        {
            lock (_gate)
            {
                return !_rests && _waiting.Count > 0;
            }
        }
    }

    /// <summary>From now on whoever starts is sent to no point.</summary>
    internal void Rest()
    {
        lock (_gate)
        {
            _rests = true;
        }
    }

    internal void GoOn()
    {
        lock (_gate)
        {
            _rests = false;
        }
    }

    internal CrashPoint? Next()
    {
        lock (_gate)
        {
            var next = _rests ? null : _waiting.First?.Value;
            if (next is not null)
            {
                _waiting.RemoveFirst();
            }

            return next;
        }
    }

    internal void Ended(CrashPoint point, bool hit)
    {
        lock (_gate)
        {
            if (hit)
            {
                Hits[point.Name] = Hits.GetValueOrDefault(point.Name) + 1;
            }
            else
            {
                _waiting.AddFirst(point);
            }
        }
    }
}
