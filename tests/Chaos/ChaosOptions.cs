using System.CommandLine;
using Reversals.Tests.Chaos.Nemesis;

namespace Reversals.Tests.Chaos;

/// <summary>What is to be run, and how much of it.</summary>
sealed record ChaosOptions
{
    /// <summary>The worker's executable, built in the configuration Chaos.</summary>
    public required string Worker { get; init; }

    /// <summary>Who goes through the run.</summary>
    public required Contestant Contestant { get; init; }

    /// <summary>At least so many reversals are asked for and must be applied.</summary>
    public required int Reversals { get; init; }

    public required int Faults { get; init; }

    /// <summary>Seconds between two faults of a lane, besides some tenths that are drawn.</summary>
    public required int Pause { get; init; }

    public required int Seed { get; init; }

    /// <summary>A run that takes longer has failed, on two cores that nobody else uses.</summary>
    public required int Minutes { get; init; }

    public required int Workers { get; init; }

    /// <summary>The gateway's executable.</summary>
    public required string Gateway { get; init; }

    /// <summary>Gateways that are asked over HTTP; 0: everything goes to the broker.</summary>
    public required int Gateways { get; init; }

    /// <summary>Seconds after which what has not come is taken never to come.</summary>
    public required int Patience { get; init; }

    /// <summary>How often each named point kills a worker.</summary>
    public required int Points { get; init; }

    /// <summary>How many copies of one request are sent at once.</summary>
    public required int Copies { get; init; }

    /// <summary>Whether reversals come before their payments.</summary>
    public required bool Pending { get; init; }

    /// <summary>
    /// Whether callers over HTTP ask before their payment, too. Off: a request that was told no, and that the
    /// broker delivers again after its payment came, is applied (tests/README.md).
    /// </summary>
    public required bool TooEarly { get; init; }

    /// <summary>
    /// Parts of the names of the faults that are wanted, and beginnings of those of named points; none of a
    /// sort: all of it.
    /// </summary>
    public required IReadOnlyList<string> Only { get; init; }

    /// <summary>Whether only what every worker knows is asked: payments by their reference, with an amount.</summary>
    public required bool Simple { get; init; }

    /// <summary>Where the logs of the workers and the list of faults go.</summary>
    public required string State { get; init; }

    /// <summary>After so many faults everything is healed, and the time to recover is measured.</summary>
    internal int FaultsOfARound => Faults >= 500 ? 50 : 25;

    internal bool Wants(FaultKind kind) => (kind.Lane is not Lane.Gateways || Gateways > 0)
        && !(kind.IsAboutOurs && Simple) && (
        Only.Count == 0 || Only.Any(part => kind.Name.Contains(part, StringComparison.OrdinalIgnoreCase)));
}

/// <summary>The options of the command line.</summary>
sealed class Arguments
{
    const string WorkerInCheckout = "../../../../../src/Worker/bin/Chaos/net10.0/reversal-worker";

    const string GatewayInCheckout = "../../../../../src/Gateway/bin/Release/net10.0/reversal-gateway";

    readonly Option<bool> _long = new("--long")
    {
        Description = "100,000 reversals, 1,000 faults, 20 times each point, 10,000 copies, 15 minutes",
    };

    readonly Option<int?> _reversals = Number("--reversals", "Reversals to be applied (6,000)");
    readonly Option<int?> _faults = Number("--faults", "Faults to inject (100)");
    readonly Option<int?> _pause = Number("--pause", "More seconds between two faults of a sort (0)");
    readonly Option<int?> _points = Number("--points", "How often each named point kills a worker (3)");
    readonly Option<int?> _minutes = Number("--minutes", "Longest time of the run (5)");
    readonly Option<int?> _copies = Number("--copies", "Copies of one request at once (100)");
    readonly Option<int?> _workers = Number("--workers", "Worker processes (3)");
    readonly Option<int?> _patience = Number("--patience", "Seconds to wait for what must come (180)");
    readonly Option<int?> _seed = Number("--seed", "What the schedule is made of (drawn and printed)");
    readonly Option<string> _pending = new("--pending")
    {
        Description = "on or off: reversals that come before their payments",
        DefaultValueFactory = _ => "on",
    };

    readonly Option<string> _tooEarly = new("--too-early")
    {
        Description = "on or off: callers over HTTP that ask before their payments",
        DefaultValueFactory = _ => "on",
    };

    readonly Option<string?> _only = new("--only")
    {
        Description = "Parts of names of faults, names of points; with commas",
    };

    readonly Option<string?> _worker = new("--worker") { Description = "The worker's executable" };
    readonly Option<int?> _gateways = Number("--gateways", "Gateways that are asked over HTTP (2)");
    readonly Option<string?> _gateway = new("--gateway") { Description = "The gateway's executable" };
    readonly Option<string> _contestant = new("--contestant")
    {
        Description = "Who is judged; not ours: by what every worker can be held to",
        DefaultValueFactory = _ => Contestant.Names[0],
    };

    readonly Option<bool> _simple = new("--simple")
    {
        Description = "Ask only what every contestant knows, without gateways and crash points",
    };

    readonly Option<string?> _state = new("--state") { Description = "Folder for the logs of the workers" };

    internal Arguments(Command root)
    {
        _pending.AcceptOnlyFromAmong("on", "off");
        _tooEarly.AcceptOnlyFromAmong("on", "off");
        _contestant.AcceptOnlyFromAmong(Contestant.Names);
        Option[] all =
        [
            _long, _reversals, _faults, _pause, _points, _minutes, _workers, _copies, _patience, _seed, _pending, _tooEarly,
            _only,
            _worker, _gateways, _gateway, _contestant, _simple, _state,
        ];
        foreach (var option in all)
        {
            root.Options.Add(option);
        }
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="faults">How many, when it does not say; null: as usual.</param>
    internal ChaosOptions Read(ParseResult parsed, int? faults = null)
    {
        var longer = parsed.GetValue(_long);
        var worker = Path.GetFullPath(
            parsed.GetValue(_worker) ?? Path.Combine(AppContext.BaseDirectory, WorkerInCheckout));
        var contestant = Contestant.Of(parsed.GetValue(_contestant)!, worker);
        var simple = parsed.GetValue(_simple) || !contestant.IsOurs;
        return new ChaosOptions
        {
            Reversals = parsed.GetValue(_reversals) ?? (longer ? 100_000 : 6_000),
            Faults = parsed.GetValue(_faults) ?? faults ?? (longer ? 1_000 : 100),
            Pause = parsed.GetValue(_pause) ?? 0,
            Points = simple ? 0 : parsed.GetValue(_points) ?? (longer ? 20 : 3),
            Minutes = parsed.GetValue(_minutes) ?? (longer ? 15 : 5),
            Copies = parsed.GetValue(_copies) ?? (longer ? 10_000 : 100),
            Workers = parsed.GetValue(_workers) ?? 3,
            Patience = parsed.GetValue(_patience) ?? 180,
            Seed = parsed.GetValue(_seed) ?? Random.Shared.Next(),
            Pending = !simple && parsed.GetValue(_pending) is "on",
            TooEarly = parsed.GetValue(_tooEarly) is "on",
            Only = parsed.GetValue(_only)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [],
            Gateways = simple ? 0 : parsed.GetValue(_gateways) ?? 2,
            Gateway = Path.GetFullPath(
                parsed.GetValue(_gateway) ?? Path.Combine(AppContext.BaseDirectory, GatewayInCheckout)),
            State = Path.GetFullPath(parsed.GetValue(_state) ?? "."),
            Worker = worker,
            Contestant = contestant,
            Simple = simple,
        };
    }

    static Option<int?> Number(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 0)
            {
                result.AddError($"{name}: expected a number that is not negative");
            }
        });
        return option;
    }
}
