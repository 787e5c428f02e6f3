using System.Net.Sockets;
using Reversals.Tests.Hostile.Judging;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile.Http;

/// <summary>
/// Ten thousand connections at once: some say nothing, some stop in their headers, some in a body. Those that
/// were there before are served as in the quiet, and health answers.
/// </summary>
sealed class Crowd(GatewayProcess gateway, Judgements judgements)
{
    internal const int Size = 10_000;
    const int AtOnce = 50;
    const int Seconds = 10;
    const int MostMilliseconds = 1_000;
    const long MostMemory = 600L << 20;

    static readonly TimeSpan HealthPace = TimeSpan.FromMilliseconds(200);
    static readonly HttpClient Health = new() { Timeout = TimeSpan.FromSeconds(2) };

    static readonly byte[][] Beginnings =
    [
        [], "POST /reversal HTTP/1.1\r\nHost: a\r\nX-Half: "u8.ToArray(),
        Encoding.ASCII.GetBytes("POST /reversal HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
            $"Signature: {new string('0', 64)}\r\nContent-Length: 146\r\n\r\n{{"),
    ];

    internal async Task JudgeAsync(HttpTraffic good, Task flow, (int From, int To) quiet)
    {
        using var end = new CancellationTokenSource();
        var health = AskHealthAsync(end.Token);
        HttpConnection?[] crowd = new HttpConnection?[Size];
        try
        {
            var from = good.Count;
            var began = Stopwatch.GetTimestamp();
            await Parallel.ForEachAsync(
                Enumerable.Range(0, Size), new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
                async (number, _) => crowd[number] = await BeginAsync(number));
            Report.Say(string.Create(CultureInfo.InvariantCulture,
                $"- {crowd.Count(one => one is not null)} connections within " +
                $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
            await good.SpanAsync(Seconds, flow);
            JudgeTraffic(good, quiet, (from, good.Count));
        }
        finally
        {
            foreach (var one in crowd)
            {
                one?.Dispose();
            }
        }

        await end.CancelAsync();
        var (asked, well) = await health;
        judgements.Judge(asked > 0 && well == asked, "health answers while ten thousand are connected",
            $"{well} of {asked} times");
        judgements.Judge(gateway.PeakMemory < MostMemory, "the crowd costs bounded memory",
            $"{gateway.PeakMemory >> 20} MiB");
        judgements.Judge(await IsServedAgainAsync(), "whoever comes when they are gone is served", "not within 5 s");
        Report.Say(string.Create(CultureInfo.InvariantCulture,
            $"- health answered {well} of {asked} times; the gateway held {gateway.PeakMemory >> 20} MiB at most"));
    }

    void JudgeTraffic(HttpTraffic good, (int From, int To) quiet, (int From, int To) meanwhile)
    {
        var (before, during) = (good.Latencies([quiet]), good.Latencies([meanwhile]));
        Report.Say(string.Create(CultureInfo.InvariantCulture,
            $"- callers in the crowd: p99 {before.P99:0.0} ms in the quiet, {during.P99:0.0} ms meanwhile"));
        // Ten thousand connections are opened by the same cores that answer: it costs them more than twice the time.
        judgements.Judge(during.P99 <= MostMilliseconds, "callers in the crowd are answered within a second",
            string.Create(CultureInfo.InvariantCulture, $"p99 {during.P99:0.0} ms"));
    }

    async Task<HttpConnection?> BeginAsync(int number)
    {
        try
        {
            var connection = await HttpConnection.OpenAsync(gateway.Port, CancellationToken.None);
            await connection.SendAsync(Beginnings[number % Beginnings.Length], CancellationToken.None);
            return connection;
        }
        catch (SocketException)
        {
            // Beyond what it takes it may turn them away.
            return null;
        }
    }

    async Task<(int Asked, int Well)> AskHealthAsync(CancellationToken end)
    {
        var (asked, well) = (0, 0);
        while (!end.IsCancellationRequested)
        {
            asked++;
            try
            {
                // On a new connection each: a probe has none that it kept.
                using var request = new HttpRequestMessage(
                    HttpMethod.Get, new Uri($"http://127.0.0.1:{gateway.HealthPort}/health/ready"));
                request.Headers.ConnectionClose = true;
                using var answer = await Health.SendAsync(request, CancellationToken.None);
                well += answer.IsSuccessStatusCode ? 1 : 0;
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                // Counted as asked.
            }

            await Task.Delay(HealthPace, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return (asked, well);
    }

    async Task<bool> IsServedAgainAsync() => await Until.TakesAsync(
        async () =>
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            try
            {
                using var connection = await HttpConnection.OpenAsync(gateway.Port, patience.Token);
                await connection.SendAsync("GET /reversal HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), patience.Token);
                return await connection.AnswerAsync(patience.Token) is { Status: 405 };
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                return false;
            }
        },
        seconds: 5) is not null;
}
