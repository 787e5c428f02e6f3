using Reversals.Tests.Chaos.Nemesis;
using Reversals.Tests.Chaos.Workload;
using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos;

/// <summary>One run: rounds of traffic and faults, each healed and recovered from, and a verdict.</summary>
sealed class ChaosRun : IAsyncDisposable
{
    /// <summary>Part of a round's requests that is kept until everything is healed.</summary>
    const double KeptBack = 0.05;

    /// <summary>
    /// Part of a round after which nobody is sent to a named point any more: healed means that nobody dies.
    /// </summary>
    const double WithPoints = 0.75;

    /// <summary>Requests sent at a time when a few will do.</summary>
    const int Trickle = 15;

    /// <summary>Requests sent at once when nothing else is to be found out.</summary>
    const int Portion = 10_000;

    /// <summary>What it takes to recover from the last one and to judge.</summary>
    static readonly TimeSpan KeptForTheEnd = TimeSpan.FromSeconds(30);

    /// <summary>A crowded machine may make a run so many times longer.</summary>
    const double MostPatience = 2;

    readonly ChaosOptions _options;
    readonly Servers _servers;
    readonly Generator _generator;
    readonly Watch _watch;
    readonly Sender _sender;
    readonly SurvivingTap _tap;
    readonly Cluster _cluster;
    readonly CrashPlan _crashes;
    readonly Recovery _recovery;
    readonly Scoreboard _board;
    readonly Injector _injector;
    readonly long _began = Stopwatch.GetTimestamp();
    readonly TimeSpan _longest;

    /// <param name="options">What is to be run.</param>
    /// <param name="servers">Prepared.</param>
    /// <param name="generator">What is asked.</param>
    /// <param name="slowdown">How many times longer it takes because of others on the machine.</param>
    ChaosRun(ChaosOptions options, Servers servers, Generator generator, double slowdown)
    {
        (_options, _servers, _generator) = (options, servers, generator);
        _longest = TimeSpan.FromMinutes(options.Minutes * Math.Min(MostPatience, slowdown));
        string[] secrets = [Client.Acme.Key, Client.Globex.Key, servers.Password, Books.Customer];
        _watch = new Watch(options.State, secrets);
        _tap = new SurvivingTap([servers.RabbitMq], TimeProvider.System);
        _crashes = new CrashPlan(options);
        var broker = new Broker([servers.RabbitMq]);

        GatewayProcess[] gateways =
        [
            .. Enumerable.Range(0, options.Gateways).Select(
                number => new GatewayProcess(number, options, servers, _watch)),
        ];
        _sender = new Sender(
            [servers.RabbitMq], servers.Books, new Callers([.. gateways.Select(gateway => gateway.Port)]),
            generator.Requests, TimeProvider.System);

        // The first one is never sent to a named point: somebody has to bring the work on meanwhile.
        _cluster = new Cluster(servers, broker,
        [
            .. Enumerable.Range(0, options.Workers).Select(number => new WorkerProcess(
                number, options, servers, _watch, number > 0 || options.Workers == 1 ? _crashes : null)),
        ], gateways);
        _recovery = new Recovery(
            servers.NumberAsync, servers.RabbitMqAsync, broker, options.Patience, () => _tap.Count,
            options.Contestant);
        _injector = new Injector(_cluster, options);
        _board = new Scoreboard(options, generator, _crashes, _injector);
    }

    internal static async Task<int> RunAsync(ChaosOptions options)
    {
        Directory.CreateDirectory(options.State);
        Console.WriteLine($"seed {options.Seed.ToString(CultureInfo.InvariantCulture)}");
        var generator = new Generator(options, spare: CrashPlan.Sides * options.Points * Shares.OfACrash);
        var servers = await Servers.PrepareAsync(options);
        await servers.MigrateAsync(options.Worker);
        await generator.Books.WriteAsync(servers.Books);
        var broker = new Broker([servers.RabbitMq]);
        await broker.DeclareAsync();
        var before = await Checker.RememberAsync(servers.Books);
        await using var run = new ChaosRun(options, servers, generator, await Machine.SlowdownAsync());
        using var deadline = new CancellationTokenSource(run._longest);
        try
        {
            await run.GoAsync().WaitAsync(deadline.Token);
            await run.JudgeAsync(before);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            run._watch.Complain(8, string.Create(CultureInfo.InvariantCulture,
                $"the run was not over within {run._longest.TotalMinutes:F1} minutes"));
            run._board.Sent(run._sender.Sent, applied: 0);
        }

        run._board.Links(run._cluster.Workers);
        run._board.Add(run._watch.Findings);
        return run._board.Print(Stopwatch.GetElapsedTime(run._began));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_cluster.Workers.Select(worker => worker.DisposeAsync().AsTask()));
        await CloseGatewaysAsync();
        await _sender.DisposeAsync();
        await _tap.DisposeAsync();
        _watch.Dispose();
        _injector.Dispose();
    }

    async Task GoAsync()
    {
        await ReadyAsync();
        foreach (var gateway in _cluster.Gateways)
        {
            await Until.TrueAsync(gateway.IsReadyAsync, $"the gateway at {gateway.Port} is ready", 180);
        }

        await _servers.KeepQueuesAsync();
        var rounds = FaultPlan.Rounds(_options);
        var shares = new Shares(_generator, rounds, mayPress: _options.Points == 0);
        foreach (var (place, round) in rounds.Index().TakeWhile(_ => IsTimeLeft()))
        {
            await RunRoundAsync(round, place, shares);
            var (took, applied) = (Stopwatch.GetElapsedTime(_began), await _recovery.AppliedAsync());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{took.TotalSeconds,5:F0} s  round {place + 1} of {rounds.Count}: {_injector.Count} " +
                $"faults, {_crashes.Hit} crash points, {_sender.Sent.Count} sends, {applied} reversals; " +
                $"{_board.LastRecovery}"));
        }

        await FinishCrashesAsync();
    }

    async Task ReadyAsync()
    {
        if (!_options.Contestant.IsOurs)
        {
            // Others do not tell whether they are ready.
            await _sender.SendAsync(Trickle, TimeSpan.Zero, CancellationToken.None);
            await Until.TrueAsync(() => _tap.Count > 0, "the first event is heard", 180);
            return;
        }

        // One that is sent to a named point may die before it is ready; the others are to share the work.
        foreach (var worker in _cluster.Workers.Take(_options.Points > 0 ? 1 : _options.Workers))
        {
            await Until.TrueAsync(worker.IsReadyAsync, $"worker {worker.Number} is ready", 180);
        }
    }

    async Task RunRoundAsync(IReadOnlyList<PlannedFault> round, int place, Shares shares)
    {
        var isPressed = place < shares.PressedRounds;
        GoOnCrashing();
        var applied = await _recovery.AppliedAsync();
        var slowdown = await Machine.SlowdownAsync();
        var began = Stopwatch.GetTimestamp();
        var share = shares.Of(place, _sender.Taken);
        var kept = Math.Max(Trickle, (int)(share * KeptBack));
        using var hurry = new CancellationTokenSource();
        var sending = isPressed
            ? _sender.PressAsync(shares.PressedRate, shares.MostPressed - _sender.Taken, hurry.Token)
            : _sender.SendAsync(share - kept, Injector.Length(round), hurry.Token);
        await Task.WhenAll(_injector.InjectAsync(round), RestAsync(WithPoints * Injector.Length(round)));
        if (isPressed)
        {
            _board.Sustained(await _recovery.AppliedAsync() - applied, Stopwatch.GetElapsedTime(began));
        }

        // Everything is healed now; what is left of the round comes at once, on top of what has gathered.
        var progress = _recovery.FirstProgressAsync();
        var since = Stopwatch.GetTimestamp();
        await hurry.CancelAsync();
        await sending;
        await _sender.SendAsync(kept, TimeSpan.Zero, hurry.Token);
        var (first, backlog) = (await progress, await _recovery.BacklogGoneAsync(since));
        _board.Recovered(first, backlog, Math.Max(slowdown, await Machine.SlowdownAsync()));
        foreach (var worker in _cluster.Workers)
        {
            worker.Weigh();
        }
    }

    void GoOnCrashing()
    {
        _crashes.GoOn();
        foreach (var worker in _cluster.Workers)
        {
            worker.Doom();
        }
    }

    async Task RestAsync(TimeSpan after)
    {
        await Task.Delay(after);
        _crashes.Rest();
    }

    /// <summary>
    /// What the rounds left of the named points and of the unknown commits, under traffic and without other
    /// faults.
    /// </summary>
    async Task FinishCrashesAsync()
    {
        GoOnCrashing();
        while (_crashes.Hit is var hit && (hit < _crashes.Planned || IsCommitLeft())
            && _sender.Taken < _generator.Requests.Count && IsTimeLeft())
        {
            if (IsCommitLeft())
            {
                _cluster.Workers[0].Commits.DecideNext(CommitFate.LoseAnswer);
            }

            // Requests are spent only while one that is to die can take them.
            await Until.TakesAsync(
                async () => _crashes.Hit is var now && (now > hit || now == _crashes.Planned)
                    || await _cluster.IsOneDoomedAsync(),
                seconds: 5);
            await _sender.SendAsync(Trickle, TimeSpan.FromMilliseconds(100), CancellationToken.None);
        }

        await RecoverAsync();

        // What a pressed run could not use, so that all that was promised is asked for.
        while (_sender.Taken < _generator.Enough)
        {
            await _sender.SendAsync(
                Math.Min(Portion, _generator.Enough - _sender.Taken), TimeSpan.Zero, CancellationToken.None);
            await RecoverAsync();
        }
    }

    async Task RecoverAsync()
    {
        var backlog = await _recovery.BacklogGoneAsync(Stopwatch.GetTimestamp());
        _board.Recovered(TimeSpan.Zero, backlog, await Machine.SlowdownAsync());
    }

    /// <summary>
    /// A run that is cut short is judged by what it did; one that did not end would tell nothing.
    /// </summary>
    bool IsTimeLeft() => Stopwatch.GetElapsedTime(_began) < _longest - KeptForTheEnd;

    bool IsCommitLeft() =>
        _cluster.Workers.Sum(worker => worker.Commits.Unknown) < _board.UnknownCommits;

    Task CloseGatewaysAsync() =>
        Task.WhenAll(_cluster.Gateways.Select(gateway => gateway.DisposeAsync().AsTask()));

    async Task JudgeAsync(BooksBefore before)
    {
        // Their queues must go with them: what is left on the broker is counted.
        await CloseGatewaysAsync();
        // Others leave queues of their own behind.
        var isOurs = _options.Contestant.IsOurs;
        var queues = isOurs ? await _recovery.CountAsync() : new QueueCounts(0, 0, []);
        var left = await _recovery.LeftAsync();
        _board.Add(isOurs ? await Hygiene.CheckAsync(_servers, _cluster.Workers) : []);
        await Task.WhenAll(_cluster.Workers.Select(worker => worker.DisposeAsync().AsTask()));
        await _tap.SettleAsync(_cluster.Broker);
        _board.Sent(_sender.Sent, await _recovery.AppliedAsync());
        if (_options.Simple)
        {
            _board.Losses = await Losses.CountAsync(
                _servers.Books, _sender.Sent, _tap.Heard, left,
                _cluster.Workers.Sum(worker => worker.EndedByItself));
        }

        _board.Add(!isOurs ? [] : await Checker.CheckAsync(
            _servers.Books, before, _sender.Paid, _sender.Sent, _tap.Heard, queues));
    }
}
