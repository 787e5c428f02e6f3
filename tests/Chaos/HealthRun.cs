using System.CommandLine;
using System.Text.Json;
using Reversals.Tests.Chaos.Nemesis;
using Reversals.Tests.Chaos.Running;
using Reversals.Tests.Chaos.Workload;

namespace Reversals.Tests.Chaos;

/// <summary>
/// Whether health tells the truth: while requests come, each fault that stops the work is held until all
/// processes that it meets complain, and healed until none does any more.
/// </summary>
sealed class HealthRun : IAsyncDisposable
{
    /// <summary>The workers' pause (<see cref="WorkerSettings"/>) and five seconds.</summary>
    const double Complains = 1 + 5;

    /// <summary>A worker that has lost both servers waits a little longer each time before it looks again.</summary>
    const double IsWellAgain = 20;

    const double LongestWait = 60;
    const int RequestsASecond = 20;

    /// <summary>Faults that stop all workers, and whether the gateways can do nothing either.</summary>
    static readonly (string Name, bool Gateways)[] Stopping =
    [
        ("PostgreSQL: crashes", false), ("PostgreSQL: connections exhausted", false), ("PostgreSQL: read-only", false),
        ("PostgreSQL: password changed", false), ("PostgreSQL: right revoked", false),
        ("PostgreSQL: no disk for reversals", false), ("PostgreSQL: outbox locked by a stranger", false),
        ("PostgreSQL: reversals locked by a stranger", false), ("PostgreSQL: quarantine cannot be written", false),
        ("RabbitMQ: restarts", true), ("RabbitMQ: memory alarm", true), ("RabbitMQ: disk alarm", true),
        ("RabbitMQ: nobody is bound", false),
    ];

    readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(3) };
    readonly Watch _watch;
    readonly Cluster _cluster;
    readonly Sender _sender;

    /// <summary>A full queue that nobody reads stays full for the channels that it has refused once.</summary>
    readonly SurvivingTap _tap;

    /// <summary>What those said last that did not say what was waited for.</summary>
    string _others = "";

    HealthRun(ChaosOptions options, Servers servers, Generator generator)
    {
        _watch = new Watch(options.State, [servers.Password]);
        _cluster = new Cluster(
            servers, new Broker([servers.RabbitMq]),
            [.. Enumerable.Range(0, options.Workers).Select(one => new WorkerProcess(one, options, servers, _watch, null))],
            [.. Enumerable.Range(0, options.Gateways).Select(one => new GatewayProcess(one, options, servers, _watch))]);
        _tap = new SurvivingTap([servers.RabbitMq], TimeProvider.System);
        _sender = new Sender(
            [servers.RabbitMq], servers.Books, new Callers([.. _cluster.Gateways.Select(gateway => gateway.Port)]),
            generator.Requests, TimeProvider.System);
    }

    /// <summary>The verb <c>health</c>.</summary>
    internal static Command Verb()
    {
        var verb = new Command("health", "Hold each fault until /health/ready complains, and heal it until it is well");
        var arguments = new Arguments(verb);
        verb.SetAction((parsed, _) => RunAsync(arguments.Read(parsed) with { Points = 0, Workers = 2, Gateways = 1 }));
        return verb;
    }

    static async Task<int> RunAsync(ChaosOptions options)
    {
        Directory.CreateDirectory(options.State);
        var generator = new Generator(options, spare: 0);
        var servers = await Servers.PrepareAsync(options);
        await servers.MigrateAsync(options.Worker);
        await generator.Books.WriteAsync(servers.Books);
        await new Broker([servers.RabbitMq]).DeclareAsync();
        await using var run = new HealthRun(options, servers, generator);
        using var enough = new CancellationTokenSource();
        var sending = run._sender.PressAsync(RequestsASecond, generator.Requests.Count, enough.Token);
        var failed = await run.JudgeAllAsync(options);
        await enough.CancelAsync();
        await sending;
        Console.WriteLine($"{Stopping.Count(one => IsWanted(one.Name, options)) - failed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_cluster.Workers.Select(worker => worker.DisposeAsync().AsTask()));
        await Task.WhenAll(_cluster.Gateways.Select(gateway => gateway.DisposeAsync().AsTask()));
        await _sender.DisposeAsync();
        await _tap.DisposeAsync();
        _watch.Dispose();
        _http.Dispose();
    }

    async Task<int> JudgeAllAsync(ChaosOptions options)
    {
        await UntilAllAsync(isWell: true, gateways: true);
        await _cluster.Servers.KeepQueuesAsync();
        var failed = 0;
        foreach (var (name, gateways) in Stopping.Where(one => IsWanted(one.Name, options)))
        {
            failed += await JudgeAsync(FaultKind.All.Single(kind => string.Equals(
                kind.Name, name, StringComparison.Ordinal)), gateways) ? 0 : 1;
        }

        return failed;
    }

    async Task<bool> JudgeAsync(FaultKind kind, bool gateways)
    {
        var draw = new Draw(_cluster.Workers[0], _cluster.Gateways[0], Dice: 0);
        var before = await Machine.SlowdownAsync();
        await kind.InjectAsync(_cluster, draw);
        var complained = await UntilAllAsync(isWell: false, gateways);
        var silent = _others;
        await kind.HealAsync(_cluster, draw);
        var well = await UntilAllAsync(isWell: true, gateways: true);
        var slowdown = Math.Max(before, await Machine.SlowdownAsync());
        var held = complained / slowdown <= TimeSpan.FromSeconds(Complains)
            && well / slowdown <= TimeSpan.FromSeconds(IsWellAgain);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind.Name,-46} complains after {Text(complained),7}, is well again after {Text(well),7}  " +
            $"{(held ? "held" : $"BROKEN {silent} {_others}")}{(slowdown > 1.1 ? $" (others made it {slowdown:F1} times slower)" : "")}"));
        return held;
    }

    /// <summary>
    /// How long until all say so; null: not within the longest time, and what the others said is kept.
    /// </summary>
    async Task<TimeSpan?> UntilAllAsync(bool isWell, bool gateways)
    {
        int[] ports =
        [
            .. _cluster.Workers.Select(worker => worker.HealthPort),
            .. gateways ? _cluster.Gateways.Select(gateway => gateway.HealthPort) : [],
        ];
        return await Until.TakesAsync(
            async () =>
            {
                var said = await Task.WhenAll(ports.Select(SaysAsync));
                _others = string.Join(" | ", said.Index().Where(one => IsWell(one.Item) != isWell)
                    .Select(one => $"process {one.Index}: {one.Item}"));
                return _others.Length == 0;
            },
            LongestWait, TimeSpan.FromMilliseconds(100));
    }

    /// <summary>"degraded" is a complaint, and so is silence.</summary>
    static bool IsWell(string said)
    {
        try
        {
            using var json = JsonDocument.Parse(said);
            return json.RootElement.GetProperty("status").GetString() is "ok";
        }
        catch (JsonException)
        {
            return false;
        }
    }

    async Task<string> SaysAsync(int port)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
            return await answer.Content.ReadAsStringAsync();
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return error.Message;
        }
    }

    static bool IsWanted(string name, ChaosOptions options) => options.Only.Count == 0
        || options.Only.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    static string Text(TimeSpan? time) => time is { TotalSeconds: var seconds }
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
        : "never";
}
