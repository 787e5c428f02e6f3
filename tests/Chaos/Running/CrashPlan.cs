namespace Reversals.Tests.Chaos.Running;

/// <summary>A named point of the worker, and how often it is passed before the worker dies there.</summary>
sealed record CrashPoint(string Name, int Times);

/// <summary>All named points, each so many times, in an order of the seed. Each start of a worker takes the
/// next one; a worker that died of something else first leaves its point to the next.</summary>
sealed class CrashPlan
{
    /// <summary>What a message and its event pass, in this order.</summary>
    static readonly string[] Steps =
    [
        "receive", "verify", "load", "decide", "save", "send-commit", "tell-outcome", "acknowledge",
        "claim", "publish", "confirm", "complete",
    ];

    /// <summary>Before and after each step.</summary>
    internal static readonly int Sides = 2 * Steps.Length;

    /// <summary>Points that each message passes; the others are passed once a batch.</summary>
    static readonly string[] OfMessages = ["before-receive", "after-receive", "before-verify", "after-verify", "after-tell-outcome"];

    readonly Lock _gate = new();
    readonly LinkedList<CrashPoint> _waiting = [];
    bool _rests;

    internal CrashPlan(ChaosOptions options)
    {
        var chance = new Random(options.Seed + 2);
        string[] all =
        [
            .. Steps.SelectMany(step => (string[])[$"before-{step}", $"after-{step}"]),
        ];
        string[] wanted =
        [
            .. all.Where(name => options.Only.Any(part => name.EndsWith(part, StringComparison.Ordinal))),
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

    internal int Hit => Locked(() => Hits.Values.Sum());

    /// <summary>Whether a worker that starts now is sent to a point.</summary>
    internal bool IsOn => Locked(() => !_rests && _waiting.Count > 0);

    /// <summary>From now on whoever starts is sent to no point.</summary>
    internal void Rest() => Locked(() => _rests = true);

    internal void GoOn() => Locked(() => _rests = false);

    internal CrashPoint? Next() => Locked(() =>
    {
        var next = _rests ? null : _waiting.First?.Value;
        if (next is not null)
        {
            _waiting.RemoveFirst();
        }

        return next;
    });

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

    T Locked<T>(Func<T> act)
    {
        lock (_gate)
        {
            return act();
        }
    }
}
