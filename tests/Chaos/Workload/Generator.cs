namespace Reversals.Tests.Chaos.Workload;

/// <summary>
/// All that is asked during a run: scenarios of a few messages each, drawn by weight. The same seed tells the
/// same scenarios about the same bills.
/// </summary>
sealed partial class Generator
{
    readonly Random _chance;
    readonly int _mostCopies;
    readonly bool _simple;
    readonly List<(int After, Request Request)> _later = [];
    int _references;
    int _spelling;

    /// <param name="options">What is wanted.</param>
    /// <param name="spare">How many requests more there are than that takes.</param>
    internal Generator(ChaosOptions options, int spare)
    {
        // A few payments are asked for in vain.
        var reversals = (int)(1.03 * options.Reversals) + 5;
        (_chance, _mostCopies, _simple) = (new Random(options.Seed), options.Copies, options.Simple);
        (int Weight, Func<int> Tell)[] scenarios = options.Simple
            ? [(400, Plain), (60, Copies), (40, Again), (50, Parts)]
            :
        [
            (400, Plain), (60, Copies), (40, Again), (20, Conflict), (50, Parts), (40, Rivals),
            (30, Exceeding), (30, Refused), (30, OfAnother), (60, Forged), (30, Broken), (30, ByAccount),
            (10, Hostile), (60, Crowd), (3, FailsAlone), (options.Pending ? 20 : 0, Early),
            (options.Gateways > 0 ? 60 : 0, Once), (options is { Gateways: > 0, TooEarly: true } ? 20 : 0, TooEarly),
        ];
        var all = scenarios.Sum(scenario => scenario.Weight);
        while (Reversals < reversals || Requests.Count < Enough + spare)
        {
            var drawn = _chance.Next(all);
            var scenario = scenarios.First(scenario => (drawn -= scenario.Weight) < 0);
            var first = Requests.Count;
            Reversals += scenario.Tell();
            SendLater();
            Hurry(first);
            if (Enough == 0 && Reversals >= reversals)
            {
                Enough = Requests.Count + _later.Count;
            }
        }

        Requests.AddRange(_later.Select(later => later.Request));
        if (options.Gateways > 0)
        {
            CallGateways(new Random(options.Seed + 2));
        }
    }

    internal Books Books { get; } = new();

    internal List<Request> Requests { get; } = [];

    /// <summary>So many of them come to the reversals that are wanted; the others are spare.</summary>
    internal int Enough { get; }

    /// <summary>How many reversals they come to.</summary>
    internal int Reversals { get; private set; }

    /// <summary>The most copies of one request that are sent at once.</summary>
    internal int Copied { get; private set; }

    Client Client => _chance.Next(3) == 0 ? Client.Globex : Client.Acme;

    decimal Amount => _chance.Next(1, 20_000_000) / 100m;

    string Reference => string.Create(CultureInfo.InvariantCulture, $"REV-{++_references:D7}");

    Payment Pay() => Books.Add(Client, _chance.Next(2) == 0 ? "open" : "close", Amount).Payments[0];

    Request Of(string kind, Payment payment, string reference, decimal? amount) => Request.Of(
        kind, payment.Bill.Client, reference, payment.Ref, amount,
        _chance.Next(2) == 0 ? payment.Bill.Account : null, _spelling++);

    static IEnumerable<Request> AtOnce(IEnumerable<Request> requests) =>
        requests.Select((request, place) => place == 0 ? request : request with { Pause = 0 });

    void SendLater()
    {
        var due = _later.FindAll(later => later.After <= Requests.Count);
        _later.RemoveAll(due.Contains);
        Requests.AddRange(due.Select(later => later.Request));
    }

    /// <summary>
    /// Every fourth asks a gateway. Those do not wait for payments, and take no large headers.
    /// </summary>
    void CallGateways(Random chance)
    {
        foreach (var (place, request) in Requests.Index().ToArray())
        {
            if (chance.Next(4) == 0 && request is { Late: null, HeaderBytes: 0 })
            {
                Requests[place] = request with { ByHttp = true };
            }
        }
    }

    /// <summary>Every now and then a few hundred come ten times as fast.</summary>
    void Hurry(int first)
    {
        for (var place = first; place < Requests.Count; place++)
        {
            if (place % 2000 >= 1600)
            {
                Requests[place] = Requests[place] with { Pause = Requests[place].Pause / 10 };
            }
        }
    }
}
