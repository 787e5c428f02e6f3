using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Judging;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile;

/// <summary>One run from the first file to the last judgement.</summary>
sealed class HostileRun(HostileOptions options, string postgres, string rabbitMq)
{
    const int WarmSeconds = 3;
    const int QuietSeconds = 5;

    /// <summary>A prime above any number of messages: stepping by it visits all, well mixed.</summary>
    const long Step = 2_654_435_761;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly Judgements _judgements = new();
    readonly Clients _clients = new();

    /// <summary>How much held and how much did not.</summary>
    internal async Task<(int Passed, int Failed)> RunAsync()
    {
        var corpus = CorpusReader.Read(options.Folders, options.Most);
        Report.Corpus(corpus);
        var maker = new CaseMaker(_clients, options.All);
        var made = maker.Make(corpus);
        made.AddRange(new HeaderCases(_clients, maker.Numbers).Make());
        var gate = new Gate(_clients.Keys);
        var expectations = new Expectations(gate);
        var cases = expectations.Set(made);
        Report.Say($"- {cases.Count} messages, {options.Forged} forged ones; left out: " +
            $"{expectations.LeftOut} that are others over again, " +
            $"{maker.TooLargeForHeaders} texts too large for a header");
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
        return (_judgements.Passed, _judgements.Failed);
    }

    async Task SendAndJudgeAsync(List<Case> cases, SeededPayment[] payments, Judge judge)
    {
        var total = cases.Count + options.Forged;
        var mostGood = GoodTraffic.Rate * (60 + (3 * total / options.Rate));
        var books = await OpenBooksAsync(payments, mostGood);
        var broker = new Broker(rabbitMq);
        await using var tap = await HeardOutcomes.OpenAsync(rabbitMq);
        await using var worker = await WorkerProcess.StartAsync(options.Worker, Environment());
        var look = await Broker.LookAsync();
        await using var goodSender = await Sender.OpenAsync(rabbitMq, "hostile-good");
        await using var hostileSender = await Sender.OpenAsync(rabbitMq, "hostile-sender");
        var good = new GoodTraffic(goodSender, tap, _clients.Keys[Clients.Good]);
        using var end = new CancellationTokenSource();
        var flow = good.FlowAsync(mostGood, end.Token);

        await GrowAsync(good, flow, WarmSeconds);
        var before = await QuietAsync(good, flow);
        var hostileFrom = good.Count;
        var began = Stopwatch.GetTimestamp();
        await hostileSender.SendAsync(InTurns(cases, total), options.Rate);
        var during = (hostileFrom, good.Count);
        Report.Say($"- sent within {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        await SettleAsync(tap, books, total);
        var after = await QuietAsync(good, flow);
        await end.CancelAsync();
        await flow;
        await Until.TakesAsync(() => Task.FromResult(good.Unanswered() == 0), Patience.TotalSeconds);

        // Whatever was published is heard before it is judged: one event more would be seen.
        await tap.SettleAsync();

        await judge.MessagesAsync(tap, books);
        await judge.BooksAsync(books, payments, good);
        var around = new Surroundings(_judgements);
        around.Traffic(good, tap, [before, after], during);
        await around.ServersAsync(broker, books, look);
        around.Worker(worker);
    }

    async Task<Books> OpenBooksAsync(SeededPayment[] payments, int mostGood)
    {
        var books = new Books(postgres);
        await WorkerProcess.MigrateAsync(options.Worker, Environment());
        if (await books.IsUsedAsync())
        {
            throw new HostileException("The database holds rows already; give an empty one.");
        }

        await books.SeedAsync(payments, mostGood);
        return books;
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
    static async Task SettleAsync(HeardOutcomes tap, Books books, int total)
    {
        var (seen, since) = (-1L, Stopwatch.GetTimestamp());
        while (seen < total && Stopwatch.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(100);
            var now = tap.Answers + await books.QuarantinedAsync();
            (seen, since) = now > seen ? (now, Stopwatch.GetTimestamp()) : (seen, since);
        }

        await Until.TakesAsync(async () => await books.OutboxAsync() == 0, Patience.TotalSeconds);
    }

    /// <summary>The good requests of a while in which nothing hostile is sent.</summary>
    static async Task<(int From, int To)> QuietAsync(GoodTraffic good, Task flow)
    {
        var from = good.Count;
        await GrowAsync(good, flow, QuietSeconds);
        return (from, good.Count);
    }

    static async Task GrowAsync(GoodTraffic good, Task flow, int seconds)
    {
        var count = good.Count + (GoodTraffic.Rate * seconds);
        while (good.Count < count && !flow.IsCompleted)
        {
            await Task.Delay(10);
        }
    }

    Dictionary<string, string?> Environment() => WorkerProcess.Settings(postgres, rabbitMq, _clients.Keys);
}
