using System.CommandLine;

namespace Reversals.Tests.Benchmarks;

/// <summary>The command line.</summary>
sealed class Arguments
{
    const string WorkerInCheckout = "../../../../../src/Worker/bin/Release/net10.0/reversal-worker";
    const string PeersInCheckout = "../../../../Peers/bin/Release/net10.0/Reversals.Tests.Peers";
    const string GatewayInCheckout = "../../../../../src/Gateway/bin/Release/net10.0/reversal-gateway";

    readonly Option<int> _rounds = Number("--rounds", 3, "turns of each contestant; the median is reported");
    readonly Option<int> _count = Number(
        "--count", 20_000, "messages of the backlog, and again of the closed loop");
    readonly Option<int> _warmup = Number("--warmup", 30_000, "messages before the first one that counts");
    readonly Option<string> _only = Text(
        "--only", "contestants that take part, separated by commas (default: all)");
    readonly Option<int> _alone = Number("--alone", 15, "seconds at 1/s; 0: left out");
    readonly Option<int> _load = Number("--load", 12, "seconds at 100/s, 500/s, 50 % and 90 %; 0: left out");
    readonly Option<int> _pgbench = Number("--pgbench", 8, "seconds of each pgbench run");
    readonly Option<string> _tap = new("--tap")
    {
        Description = "queue of the subscriber: quorum or classic",
        DefaultValueFactory = _ => "quorum",
    };

    readonly Option<string[]> _set = new("--set")
    {
        Description = "a setting for every contestant, such as Batching__Lanes=2; may be repeated",
    };

    readonly Option<string> _workers = Text(
        "--workers", "growth: numbers of worker processes, such as 1,2,4");
    readonly Option<string> _bills = Text("--bills", "growth: numbers of bills, such as 10k,1M,20M");
    readonly Option<bool> _past = new("--past") { Description = "growth: as many past reversals as bills" };
    readonly Option<string> _recent = Text(
        "--recent", "growth: requests for so many payments of --bills, the newest, such as 200k (default: for all)");
    readonly Option<bool> _seed = new("--seed")
    {
        Description = "growth: only make the books of --bills; the next run on the same servers uses them up",
    };

    readonly Option<int> _sameBill = Number(
        "--same-bill", 0,
        "percent of the requests on a bill that had one a hundred requests before; 0: as late as possible");
    readonly Option<bool> _hot = new("--hot") { Description = "growth: one open bill takes every message" };
    readonly Option<int> _duplicates = Number("--duplicates", 0, "growth: percent of messages sent again");
    readonly Option<int> _rejections = Number("--rejections", 0, "growth: percent of messages to be refused");
    readonly Option<int> _backlog = Number(
        "--backlog", 0, "growth: messages of the memory run, such as 1000000");
    readonly Option<string> _held = Text(
        "--held", "growth: so many dead rows in the outbox, such as 1700k, and a transaction that keeps them; " +
        "beside it a run without");
    readonly Option<string> _retention = Text(
        "--retention", "growth: so many old events, such as 1M, that retention run anonymises beside a load of " +
        "--load seconds at 500/s; before it the load alone");
    readonly Option<bool> _standby = new("--standby")
    {
        Description = "growth: without a standby, and with a synchronous one that tests/bench.sh has made",
    };

    readonly Option<string> _json = Text("--json", "file for the figures, a JSON object a line");
    readonly Option<string> _worker = Text(
        "--worker", "the worker's executable (default: the release build)");
    readonly Option<string> _bareBefore = Text(
        "--bare-before",
        "another build's Reversals.Tests.Benchmarks, for \"bare-before\", which --only has to name");
    readonly Option<string> _other = Text(
        "--other", "another build's executable, for the contestant \"other\", which --only has to name");

    internal Arguments(RootCommand root)
    {
        _tap.AcceptOnlyFromAmong("quorum", "classic");
        Option[] all =
        [
            _rounds, _count, _warmup, _only, _alone, _load, _pgbench, _tap, _set,
            _workers, _bills, _past, _recent, _seed, _hot, _duplicates, _rejections, _backlog,
            _held, _retention, _standby, _sameBill, _json, _worker, _other, _bareBefore,
        ];
        foreach (var option in all)
        {
            root.Options.Add(option);
        }
    }

    internal BenchOptions Read(ParseResult parsed) => new()
    {
        Rounds = parsed.GetValue(_rounds),
        Count = parsed.GetValue(_count),
        Warmup = parsed.GetValue(_warmup),
        Only = List(parsed.GetValue(_only)),
        AloneSeconds = parsed.GetValue(_alone),
        LoadSeconds = parsed.GetValue(_load),
        PgbenchSeconds = parsed.GetValue(_pgbench),
        QuorumTap = parsed.GetValue(_tap) is "quorum",
        Settings = (parsed.GetValue(_set) ?? []).Select(setting => setting.Split('=', 2))
            .ToDictionary(setting => setting[0], setting => setting[1], StringComparer.Ordinal),
        Workers = [.. List(parsed.GetValue(_workers)).Select(number => (int)Amount(number))],
        Bills = [.. List(parsed.GetValue(_bills)).Select(Amount)],
        Past = parsed.GetValue(_past),
        Recent = parsed.GetValue(_recent) is { } recent ? Amount(recent) : 0,
        OnlySeed = parsed.GetValue(_seed),
        SameBill = parsed.GetValue(_sameBill),
        Hot = parsed.GetValue(_hot),
        Duplicates = parsed.GetValue(_duplicates),
        Rejections = parsed.GetValue(_rejections),
        Backlog = parsed.GetValue(_backlog),
        Held = parsed.GetValue(_held) is { } held ? Amount(held) : 0,
        Retention = parsed.GetValue(_retention) is { } retention ? Amount(retention) : 0,
        Standby = parsed.GetValue(_standby),
        Json = parsed.GetValue(_json),
        Worker = Path.GetFullPath(
            parsed.GetValue(_worker) ?? Path.Combine(AppContext.BaseDirectory, WorkerInCheckout)),
        Other = parsed.GetValue(_other) is { } other ? Path.GetFullPath(other) : null,
        BareBefore = parsed.GetValue(_bareBefore) is { } before ? Path.GetFullPath(before) : null,
        Peers = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, PeersInCheckout)),
        Gateway = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, GatewayInCheckout)),
    };

    static Option<int> Number(string name, int usual, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual };

    static Option<string> Text(string name, string description) => new(name) { Description = description };

    static string[] List(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>A number with k for thousand or M for million.</summary>
    static long Amount(string text) => text[^1] switch
    {
        'k' => 1_000 * long.Parse(text[..^1], CultureInfo.InvariantCulture),
        'M' => 1_000_000 * long.Parse(text[..^1], CultureInfo.InvariantCulture),
        _ => long.Parse(text, CultureInfo.InvariantCulture),
    };
}
