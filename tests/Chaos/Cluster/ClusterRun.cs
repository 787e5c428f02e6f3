using Reversals.Tests.Chaos.Running;
using Reversals.Tests.Chaos.Workload;

namespace Reversals.Tests.Chaos;

/// <summary>
/// One run against three servers of each kind: requests come all the time, one machine after the other is
/// lost, and an oracle judges what the surviving primary holds against what a subscriber heard.
/// </summary>
sealed class ClusterRun : IAsyncDisposable
{
    const int RequestsASecond = 30;
    const string Password = "chaos-password";

    /// <summary>A crowded machine may make a run so many times longer.</summary>
    const double MostPatience = 2;
    const double LongestPatience = 4;

    /// <summary>What is held broken after the first new event, and let be after it was made whole.</summary>
    static readonly TimeSpan Hold = TimeSpan.FromSeconds(2);

    readonly ChaosOptions _options;
    readonly ClusterSite _site;
    readonly Watch _watch;
    readonly Sender _sender;
    readonly SurvivingTap _tap;
    readonly ClusterBoard _board;
    readonly Recovery _recovery;
    readonly Broker _broker;
    readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>How many times longer everything takes because of others on the machine.</summary>
    double _slowdown = 1;

    ClusterRun(
        ChaosOptions options, ClusterSite site, Watch watch, Generator generator)
    {
        (_options, _site, _watch) = (options, site, watch);
        _broker = new Broker(site.Brokers.Addresses);
        _tap = new SurvivingTap(site.Brokers.Addresses, TimeProvider.System);
        _sender = new Sender(
            site.Brokers.Addresses, site.Databases.Primary.To(ClusterWorker.Database), new Callers([]),
            generator.Requests, TimeProvider.System);
        _board = new ClusterBoard(options);
        _recovery = new Recovery(
            sql => site.Databases.Primary.NumberAsync(sql, ClusterWorker.Database), site.Brokers.ControlAsync,
            _broker, options.Patience, () => _tap.Count, options.Contestant);
    }

    internal static async Task<int> RunAsync(ChaosOptions options, bool withPatroni)
    {
        Directory.CreateDirectory(options.State);
        Console.WriteLine($"seed {options.Seed.ToString(CultureInfo.InvariantCulture)}");
        var generator = new Generator(
            options with { Reversals = options.Minutes * 60 * RequestsASecond }, spare: 0);
        var hosts = await ClusterHosts.PrepareAsync(options.State);
        var brokersStart = BrokerGroup.StartAsync(hosts.OfServers, options.State, Password);
        await using DatabaseGroup postgres = withPatroni
            ? await PatroniGroup.StartAsync(hosts.OfServers, options.State)
            : await PostgresGroup.StartAsync(hosts.OfServers, options.State);
        await using var brokers = await brokersStart;
        await ClusterWorker.PrepareAsync(options.Worker, generator.Books, postgres, brokers);
        var before = await Checker.RememberAsync(postgres.Primary.To(ClusterWorker.Database));
        using var watch = new Watch(
            options.State, [Client.Acme.Key, Client.Globex.Key, Password, Books.Customer]);
        ClusterWorker[] workers =
        [
            .. hosts.OfWorkers.Select(host => new ClusterWorker(host, options.Contestant, postgres, brokers, watch)),
        ];
        await using var run = new ClusterRun(
            options, new ClusterSite(hosts, postgres, brokers, workers), watch, generator);
        await run.GoAsync();
        await run.JudgeAsync(before);
        return run._board.Print(Stopwatch.GetElapsedTime(run._began));
    }

    public async ValueTask DisposeAsync()
    {
        await StopWorkersAsync();
        await _sender.DisposeAsync();
        await _tap.DisposeAsync();
    }

    async Task GoAsync()
    {
        foreach (var worker in _site.Workers.Where(_ => _options.Contestant.IsOurs))
        {
            await Until.TrueAsync(worker.IsReadyAsync, $"the worker at {worker.Host.Address} is ready", 120);
        }

        await _site.Brokers.KeepQueuesAsync();
        using var enough = new CancellationTokenSource();
        var sending = _sender.PressAsync(RequestsASecond, int.MaxValue, enough.Token);
        await Until.TrueAsync(() => _tap.Count > 0, "the first event is heard", 180);
        var plan = ClusterFault.Plan(_options, _site);
        _board.Planned = plan.Count;
        foreach (var (fault, dice) in plan.TakeWhile(_ => IsTimeLeft()))
        {
            await FaultAsync(fault, dice);
        }

        await enough.CancelAsync();
        await sending;
        _board.BacklogGone = await _recovery.BacklogGoneAsync(Stopwatch.GetTimestamp());
    }

    /// <summary>A slow machine gets more of it, until there are faults of enough classes.</summary>
    bool IsTimeLeft() => Stopwatch.GetElapsedTime(_began) < TimeSpan.FromMinutes(
        _options.Minutes * (_options.Faults == 0 && !_board.HasEnoughClasses
            ? LongestPatience
            : Math.Min(MostPatience, _slowdown)));

    async Task FaultAsync(ClusterFault fault, int dice)
    {
        var slowdown = _slowdown = await Machine.SlowdownAsync();
        var began = TimeProvider.System.GetUtcNow();
        _board.Begin(fault.Name);
        await fault.BreakAsync(_site, dice);
        var stands = await StandsAsync();
        var first = await FirstNewSinceAsync(stands);
        await (fault.ThenAsync ?? ((_, _) => Task.Delay(Hold)))(_site, dice);
        await _site.HealAsync();
        var again = await FirstNewSinceAsync(TimeProvider.System.GetUtcNow());
        _board.Add(new ClusterLoss(
            fault.Name, stands - began, first, again, Math.Max(slowdown, await Machine.SlowdownAsync())));
    }

    /// <summary>When the broker has confirmed a request that was sent after it had been dealt with.</summary>
    async Task<DateTimeOffset> StandsAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        Sent[] confirmed = [];
        await Until.TakesAsync(
            () =>
            {
                confirmed =
                    [.. _sender.Sent.Where(sent => sent.SentAt > now && sent.Outcome is SendOutcome.Ok)];
                return Task.FromResult(confirmed.Length > 0);
            },
            _options.Patience, TimeSpan.FromMilliseconds(100));
        return confirmed.Length > 0
            ? confirmed.Min(sent => sent.AnsweredAt)
            : TimeProvider.System.GetUtcNow();
    }

    /// <summary>How long after a moment an event came that had not been heard by then; null: never.</summary>
    async Task<TimeSpan?> FirstNewSinceAsync(DateTimeOffset moment)
    {
        var known = _tap.Heard.Where(heard => heard.At <= moment).Select(heard => heard.EventId)
            .ToHashSet(StringComparer.Ordinal);
        Heard? first = null;
        await Until.TakesAsync(
            () =>
            {
                first = _tap.Heard.FirstOrDefault(
                    heard => heard.At > moment && !known.Contains(heard.EventId));
                return Task.FromResult(first is not null);
            },
            _options.Patience, TimeSpan.FromMilliseconds(50));
        return first?.At - moment;
    }

    Task StopWorkersAsync() => Task.WhenAll(_site.Workers.Select(worker => worker.DisposeAsync().AsTask()));

    async Task JudgeAsync(BooksBefore before)
    {
        // Others leave queues of their own behind.
        var queues = _options.Contestant.IsOurs ? await _recovery.CountAsync() : new QueueCounts(0, 0, []);
        await StopWorkersAsync();
        await _tap.SettleAsync(_broker);
        // Whoever is the primary in the end.
        await _site.Databases.HealAsync();
        var left = await _recovery.LeftAsync();
        var books = _site.Databases.Primary.To(ClusterWorker.Database);
        if (_options.Simple)
        {
            _board.Losses = await Losses.CountAsync(
                books, _sender.Sent, _tap.Heard, left, _site.Workers.Sum(worker => worker.EndedByItself));
        }

        _board.Judged(
            _sender.Sent, await _recovery.AppliedAsync(),
            !_options.Contestant.IsOurs ? null :
            [
                .. await Checker.CheckAsync(books, before, _sender.Paid, _sender.Sent, _tap.Heard, queues),
                .. _watch.Findings,
            ]);
    }
}
