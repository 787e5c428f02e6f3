using System.Diagnostics;
using System.Globalization;
using Reversals.Tests.Chaos.Faults;
using Reversals.Tests.Chaos.Traffic;
using Reversals.Tests.Chaos.World;

namespace Reversals.Tests.Chaos;

/// <summary>One run: rounds of traffic and faults, each healed and recovered from, and a verdict.</summary>
sealed class ChaosRun : IAsyncDisposable
{
    /// <summary>Part of a round's requests that is kept until everything is healed.</summary>
    const double KeptBack = 0.05;

    /// <summary>Part of the requests that is kept for the crash points left after the rounds.</summary>
    const double KeptForCrashes = 0.15;

    /// <summary>What it takes to recover from the last one and to judge.</summary>
    static readonly TimeSpan KeptForTheEnd = TimeSpan.FromSeconds(30);

    readonly ChaosOptions _options;
    readonly Servers _servers;
    readonly Mix _mix;
    readonly Watch _watch;
    readonly Sender _sender;
    readonly Tap _tap;
    readonly Scene _scene;
    readonly CrashPlan _crashes;
    readonly Recovery _recovery;
    readonly Scoreboard _board;
    readonly Injector _injector;
    readonly long _began = Stopwatch.GetTimestamp();

    ChaosRun(ChaosOptions options, Servers servers, Mix mix)
    {
        (_options, _servers, _mix) = (options, servers, mix);
        string[] secrets = [Client.Acme.Key, Client.Globex.Key, servers.Password, Books.Customer];
        _watch = new Watch(options.State, secrets);
        _sender = new Sender(servers.RabbitMq, servers.Books, mix.Requests, TimeProvider.System);
        _tap = new Tap(servers.RabbitMq, TimeProvider.System);
        _crashes = new CrashPlan(new Random(options.Seed + 2), options.Points);
        var broker = new Broker(servers.RabbitMq);

        // The first one is never sent to a named point: somebody has to bring the work on meanwhile.
        _scene = new Scene(servers, broker,
        [
            .. Enumerable.Range(0, options.Workers).Select(number => new WorkerProcess(
                number, options, servers, _watch, number > 0 || options.Workers == 1 ? _crashes : null)),
        ]);
        _recovery = new Recovery(servers, broker);
        _injector = new Injector(_scene, options);
        _board = new Scoreboard(options, mix, _crashes, _injector);
    }

    internal static async Task<int> RunAsync(ChaosOptions options)
    {
        Directory.CreateDirectory(options.State);
        Console.WriteLine($"seed {options.Seed.ToString(CultureInfo.InvariantCulture)}");
        var mix = new Mix(options.Seed, (int)(1.03 * options.Reversals) + 5, options.Pending);
        var servers = await Servers.PrepareAsync(options);
        await servers.MigrateAsync(options.Worker);
        await mix.Books.WriteAsync(servers.Books);
        var broker = new Broker(servers.RabbitMq);
        await broker.DeclareAsync();
        var before = await Oracle.RememberAsync(servers.Books);
        await using var run = new ChaosRun(options, servers, mix);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(options.Minutes));
        try
        {
            await run.GoAsync().WaitAsync(deadline.Token);
            await run.JudgeAsync(before);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            run._watch.Complain(8, $"the run was not over within {options.Minutes} minutes");
            run._board.Sent(run._sender.Sent, applied: 0);
        }

        run._board.Links(run._scene.Workers);
        run._board.Add(run._watch.Findings);
        return run._board.Print(Stopwatch.GetElapsedTime(run._began));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_scene.Workers.Select(worker => worker.DisposeAsync().AsTask()));
        await _sender.DisposeAsync();
        await _tap.DisposeAsync();
        _watch.Dispose();
        _injector.Dispose();
    }

    async Task GoAsync()
    {
        // One that is sent to a named point may die before it is ready; the others are to share the work.
        foreach (var worker in _scene.Workers.Take(_options.Points > 0 ? 1 : _options.Workers))
        {
            await Until.TrueAsync(worker.IsReadyAsync, $"worker {worker.Number} is ready", 60);
        }

        var rounds = FaultPlan.Rounds(_options);
        var share = (int)(_mix.Requests.Count * (1 - KeptForCrashes) / rounds.Count);
        foreach (var (place, round) in rounds.Index())
        {
            await RunRoundAsync(round, share);
            var applied = await _recovery.AppliedAsync();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Stopwatch.GetElapsedTime(_began).TotalSeconds,5:F0} s  round {place + 1} " +
                $"of {rounds.Count}: " +
                $"{_injector.Count} faults, {_crashes.Hit} crash points, {_sender.Sent.Count} sends, " +
                $"{applied} reversals; {_board.LastRecovery}"));
        }

        await FinishCrashesAsync();
    }

    async Task RunRoundAsync(IReadOnlyList<PlannedFault> round, int share)
    {
        var applied = await _recovery.AppliedAsync();
        var began = Stopwatch.GetTimestamp();
        var kept = (int)(share * KeptBack);
        using var hurry = new CancellationTokenSource();
        var sending = _sender.SendAsync(share - kept, Injector.Length(round), hurry.Token);
        await _injector.InjectAsync(round);
        _board.Sustained(await _recovery.AppliedAsync() - applied, Stopwatch.GetElapsedTime(began));

        // Everything is healed now; what is left of the round comes at once, on top of what has gathered.
        var progress = _recovery.FirstProgressAsync();
        var since = Stopwatch.GetTimestamp();
        await hurry.CancelAsync();
        await sending;
        await _sender.SendAsync(kept, TimeSpan.Zero, hurry.Token);
        _board.Recovered(await progress, await _recovery.BacklogGoneAsync(since));
        foreach (var worker in _scene.Workers)
        {
            worker.Weigh();
        }
    }

    /// <summary>What the rounds left of the named points, under traffic and without other faults.</summary>
    async Task FinishCrashesAsync()
    {
        var latest = TimeSpan.FromMinutes(_options.Minutes) - KeptForTheEnd;
        while (_crashes.Hit is var hit && hit < _crashes.Planned && _sender.Taken < _mix.Requests.Count
            && Stopwatch.GetElapsedTime(_began) < latest)
        {
            var part = (_mix.Requests.Count - _sender.Taken) / (_crashes.Planned - hit);
            await _sender.SendAsync(
                Math.Max(20, part), TimeSpan.FromMilliseconds(250), CancellationToken.None);
            await Until.TakesAsync(() => Task.FromResult(_crashes.Hit > hit), seconds: 2);
        }

        await _sender.SendAsync(int.MaxValue, TimeSpan.Zero, CancellationToken.None);
        var since = Stopwatch.GetTimestamp();
        _board.Recovered(TimeSpan.Zero, await _recovery.BacklogGoneAsync(since));
    }

    async Task JudgeAsync(BooksBefore before)
    {
        var queues = await _recovery.CountAsync();
        _board.Add(await Hygiene.CheckAsync(_servers, _scene.Workers));
        await Task.WhenAll(_scene.Workers.Select(worker => worker.DisposeAsync().AsTask()));
        _board.Sent(_sender.Sent, await _recovery.AppliedAsync());
        _board.Add(await Oracle.CheckAsync(
            _servers.Books, before, _sender.Paid, _sender.Sent, _tap.Heard, queues));
    }
}
