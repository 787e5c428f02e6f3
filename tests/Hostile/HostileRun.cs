using System.Diagnostics;
using System.Text;
using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Judging;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile;

/// <summary>What was asked for on the command line.</summary>
sealed record HostileOptions(
    IReadOnlyList<string> Folders, bool All, int Forged, int Rate, int Most, string Worker);

/// <summary>One run from the first file to the last judgement.</summary>
sealed class HostileRun(HostileOptions options, string postgres, string rabbitMq)
{
    const int WarmSeconds = 3;
    const int QuietSeconds = 8;

    /// <summary>Good requests waited longer than this: that is a stall.</summary>
    const double LongestMilliseconds = 2_000;

    /// <summary>Below this the noise of a small machine would decide.</summary>
    const double FloorMilliseconds = 20;

    const int FewestSamples = 500;

    /// <summary>A prime above any number of messages: stepping by it visits all, each kind among the others.</summary>
    const long Step = 2_654_435_761;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly Judgements _judgements = new();
    readonly Clients _clients = new();

    internal async Task<bool> RunAsync()
    {
        var corpus = CorpusReader.Read(options.Folders, options.Most);
        Report.Corpus(corpus);
        var maker = new CaseMaker(_clients, options.All);
        var made = maker.Make(corpus);
        var gate = new Gate(_clients.Keys);
        var expectations = new Expectations(gate);
        var cases = expectations.Set(made);
        Report.Say($"- {cases.Count} messages, {options.Forged} forged ones; left out: {expectations.LeftOut} " +
            $"that are others over again, {maker.TooLargeForHeaders} texts too large for a header");
        foreach (var line in expectations.Contradictions)
        {
            Report.Say($"- {line}");
        }

        // Of the forged messages' payment nothing is ever taken; it has no case.
        SeededPayment[] payments = [.. expectations.Payments,
            new(expectations.Payments.Count + 1, Clients.Acme, Forgeries.PaymentRef, "8573999999999999")];
        var judge = new Judge(cases, options.Forged, gate, _judgements);
        await SendAndJudgeAsync(cases, payments, judge);
        Report.Table(_judgements);
        Report.Failures(_judgements);
        Report.Say($"{_judgements.Passed} passed, {_judgements.Failed} failed");
        return _judgements.Failed == 0;
    }

    async Task SendAndJudgeAsync(List<Case> cases, SeededPayment[] payments, Judge judge)
    {
        var total = cases.Count + options.Forged;
        var mostGood = GoodTraffic.Rate * (60 + (3 * total / options.Rate));
        var environment = Environment();
        var books = new Books(postgres);
        await WorkerProcess.MigrateAsync(options.Worker, environment);
        if (await books.IsUsedAsync())
        {
            throw new HostileException("The database holds rows already; give an empty one.");
        }

        await books.SeedAsync(payments, mostGood);
        var broker = new Broker(rabbitMq);
        await using var tap = await Tap.OpenAsync(rabbitMq);
        await using var worker = await WorkerProcess.StartAsync(options.Worker, environment);
        var before = await Broker.LookAsync();
        await using var goodSender = await Sender.OpenAsync(rabbitMq, "hostile-good");
        await using var hostileSender = await Sender.OpenAsync(rabbitMq, "hostile-sender");
        var good = new GoodTraffic(goodSender, tap, _clients.Keys[Clients.Good]);
        using var end = new CancellationTokenSource();
        var flow = good.FlowAsync(mostGood, end.Token);

        await GrowAsync(good, flow, GoodTraffic.Rate * WarmSeconds);
        var quietFrom = good.Count;
        await GrowAsync(good, flow, quietFrom + (GoodTraffic.Rate * QuietSeconds));
        var hostileFrom = good.Count;
        var began = Stopwatch.GetTimestamp();
        await hostileSender.SendAsync(InTurns(cases, total), options.Rate);
        var hostileTo = good.Count;
        Report.Say($"- sent within {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        await SettleAsync(tap, books, total);
        await end.CancelAsync();
        await flow;
        await UntilAsync(() => Task.FromResult(good.Unanswered() == 0));

        await judge.MessagesAsync(tap, books);
        await judge.BooksAsync(books, payments, good);
        Traffic(good, tap, quietFrom, hostileFrom, hostileTo);
        await ServersAsync(broker, books, before);
        _judgements.Judge(worker.IsRunning, "the worker runs from beginning to end", worker.Said());
        _judgements.Judge(worker.Complained.Count == 0, "the worker tried nothing again and lost no connection",
            string.Join('\n', worker.Complained));
    }

    void Traffic(GoodTraffic good, Tap tap, int quietFrom, int hostileFrom, int hostileTo)
    {
        var quiet = good.Latencies(quietFrom, hostileFrom);
        var during = good.Latencies(hostileFrom, hostileTo);
        var limit = Math.Max(2 * quiet.P99, FloorMilliseconds);
        Report.Say($"- good traffic at {GoodTraffic.Rate}/s: p99 {quiet.P99:0.0} ms in {quiet.Samples} samples " +
            $"before, {during.P99:0.0} ms in {during.Samples} meanwhile: x {during.P99 / quiet.P99:0.00}, " +
            $"at most {limit:0.0} ms; longest {during.Most:0} ms");
        if (Math.Min(quiet.Samples, during.Samples) < FewestSamples)
        {
            Report.Say($"- the p99 is not judged: it takes {FewestSamples} samples of each");
        }
        else
        {
            _judgements.Judge(during.P99 <= limit, "the p99 of good traffic at most doubles",
                FormattableString.Invariant($"{during.P99:0.0} ms, at most {limit:0.0} ms"));
        }

        _judgements.Judge(during.Most <= LongestMilliseconds, "no stall",
            FormattableString.Invariant($"a good request waited {during.Most:0} ms"));
        _judgements.Judge(good.Unanswered() == 0 && tap.GoodWrong == 0, "the good traffic is answered with success",
            FormattableString.Invariant($"{good.Unanswered()} unanswered, {tap.GoodWrong} refused"));
    }

    async Task ServersAsync(Broker broker, Books books, BrokerLook? before)
    {
        foreach (var queue in (string[])[Wire.Requests, Wire.DeadLetters])
        {
            var waiting = await broker.WaitingAsync(queue);
            _judgements.Judge(waiting == 0, $"the queue {queue} is empty in the end", $"{waiting} messages");
        }

        var outbox = await books.OutboxAsync();
        _judgements.Judge(outbox == 0, "the outbox is empty in the end", $"{outbox} events");
        if (await Broker.LookAsync() is not { } after || before is null)
        {
            Report.Say("- new queues and redeliveries are not judged: SERVERS_RABBITMQCTL names no command");
            return;
        }

        string[] more = [.. after.Objects.Except(before.Objects, StringComparer.Ordinal),
            .. after.Objects.Where(name => name.Contains("_error", StringComparison.Ordinal)
                || name.Contains("_skipped", StringComparison.Ordinal))];
        _judgements.Judge(more.Length == 0, "no queue or exchange appears", string.Join(", ", more));
        var again = after.Redelivered - before.Redelivered;
        _judgements.Judge(again == 0, "the broker delivers nothing twice", $"{again} redeliveries");
    }

    static IEnumerable<(int, Message)> InTurns(List<Case> cases, int total)
    {
        for (var turn = 0L; turn < total; turn++)
        {
            var number = (int)(turn * Step % total);
            yield return (number, number < cases.Count
                ? cases[number].Message
                : Forgeries.Make(number - cases.Count));
        }
    }

    /// <summary>Waits until everything has its outcome, or nothing gets one any more.</summary>
    static async Task SettleAsync(Tap tap, Books books, int total)
    {
        var (seen, since) = (-1L, Stopwatch.GetTimestamp());
        while (seen < total && Stopwatch.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(100);
            var now = tap.Answers + await books.QuarantinedAsync();
            (seen, since) = now > seen ? (now, Stopwatch.GetTimestamp()) : (seen, since);
        }

        await UntilAsync(async () => await books.OutboxAsync() == 0);
    }

    static async Task GrowAsync(GoodTraffic good, Task flow, int count)
    {
        while (good.Count < count && !flow.IsCompleted)
        {
            await Task.Delay(10);
        }
    }

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await condition() && Stopwatch.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(50);
        }
    }

    Dictionary<string, string> Environment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = postgres,
            ["ConnectionStrings__RabbitMq"] = rabbitMq,
        };
        foreach (var (client, key) in _clients.Keys)
        {
            environment[$"Clients__{client}__ApiKeys__0"] = key;
        }

        return environment;
    }
}
