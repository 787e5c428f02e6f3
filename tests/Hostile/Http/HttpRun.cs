using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Judging;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile.Http;

/// <summary>The same corpora through a gateway, and whatever else may come in by its socket.</summary>
sealed class HttpRun(HostileOptions options, string postgres, string rabbitMq)
{
    const int Rate = 300;
    const int AtOnce = 48;
    const int QuietSeconds = 10;
    const int MostGood = HttpTraffic.Rate * 600;
    const int Connections = 64;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    readonly Judgements _judgements = new();
    readonly Clients _clients = new();

    /// <summary>How much held and how much did not.</summary>
    internal async Task<(int Passed, int Failed)> RunAsync()
    {
        var corpus = CorpusReader.Read(options.Folders, options.Most);
        var expectations = new Expectations(new Gate(_clients.Keys));
        var cases = expectations.Set(new CaseMaker(_clients, options.All).Make(corpus).Where(HttpGate.CanBeSent));
        var judge = new HttpJudge(new HttpGate(_clients.Keys), _judgements);
        cases = judge.Take(cases);
        Report.Say($"- over HTTP: {cases.Count} requests, {BrokenForm.All.Count} broken forms, {Crowd.Size} connections; " +
            $"left out: {judge.LeftOut} that HTTP and AMQP understand in two ways");
        SeededPayment[] payments =
        [
            .. expectations.Payments,
            new(expectations.Payments.Count + 1, Clients.Acme, BrokenForm.PaymentRef, "8573999999999998"),
        ];
        await SendAndJudgeAsync(cases, payments, judge);
        Report.Failures(_judgements);
        Report.Say($"- over HTTP: {_judgements.Passed} passed, {_judgements.Failed} failed");
        return (_judgements.Passed, _judgements.Failed);
    }

    async Task SendAndJudgeAsync(List<Case> cases, SeededPayment[] payments, HttpJudge judge)
    {
        var books = new Books(postgres);
        var settings = WorkerProcess.Settings(postgres, rabbitMq, _clients.Keys);
        await WorkerProcess.MigrateAsync(options.Worker, settings);
        await books.SeedAsync(payments, MostGood);
        await using var tap = await HeardOutcomes.OpenAsync(rabbitMq);
        await using var worker = await WorkerProcess.StartAsync(options.Worker, settings);
        await using var gateway = await GatewayProcess.StartAsync(options.Gateway, rabbitMq, _clients.Keys);
        using var goodSender = new HttpSender(gateway.Port);
        await goodSender.OpenAsync(Connections);
        var good = new HttpTraffic(goodSender, _clients.Keys[Clients.Good]);
        using var end = new CancellationTokenSource();
        var flow = good.FlowAsync(MostGood, end.Token);
        await good.SpanAsync(QuietSeconds / 2, flow);

        var slow = new SlowCallers(gateway.Port, _judgements).JudgeAsync();
        var began = Stopwatch.GetTimestamp();
        using (var sender = new HttpSender(gateway.Port))
        {
            await sender.SendAsync(
                cases.Select((one, number) => (number, one.Message)), Rate, AtOnce, judge.Hear);
        }

        Report.Say($"- sent within {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        await new FormSender(gateway.Port, _judgements).JudgeAsync();
        await slow;
        await new Crowd(gateway, _judgements).JudgeAsync(good, flow, await good.SpanAsync(QuietSeconds, flow));
        await end.CancelAsync();
        await flow;
        await Until.TakesAsync(async () => await books.OutboxAsync() == 0, Patience.TotalSeconds);
        await tap.SettleAsync();

        foreach (var (number, outcome) in tap.TakeAnswers())
        {
            cases[number].Outcomes.Add(outcome);
        }

        judge.Judge(cases);
        await JudgeBooksAsync(books, good, tap, cases);
        new Surroundings(_judgements).Worker(worker);
        _judgements.Judge(gateway.IsRunning, "the gateway runs from beginning to end", gateway.Said);
    }

    async Task JudgeBooksAsync(Books books, HttpTraffic good, HeardOutcomes tap, List<Case> cases)
    {
        var applied = cases.Where(one => one.Key is not null && one.Outcomes.Any(IsApplied))
            .Select(one => one.Key!.Value).ToHashSet();
        var rows = await books.ReversalsAsync();
        var strange = rows.Where(row => row.Client is not Clients.Good && !applied.Contains((row.Client, row.Key)));
        _judgements.Judge(!strange.Any(), "nothing is applied but what a signed request asked for",
            string.Join(", ", strange.Take(5).Select(row => $"{row.Client} {row.Key}")));
        var quarantined = await books.QuarantinedAsync();
        _judgements.Judge(quarantined == 0, "nothing is published that nobody proved", $"{quarantined} quarantined");
        var strangers = tap.Strangers - FormSender.Signed;
        _judgements.Judge(strangers == 0, "every event answers a request", $"{strangers} events answer none");
        _judgements.Judge(good.Wrong == 0, "callers that are well are told that it was done",
            $"{good.Wrong} of {good.Count} were not: {good.FirstWrong}");
        _judgements.Judge(
            rows.Count(row => row.Client is Clients.Good) == good.Count, "what callers that are well asked for is applied once",
            $"{rows.Count(row => row.Client is Clients.Good)} of {good.Count}");
        _judgements.Judge(await books.BillsApartAsync() == 0, "each bill has paid what its payments have left", "");
    }

    static bool IsApplied(Outcome outcome) => outcome.Exchange is Wire.Reversed;
}
