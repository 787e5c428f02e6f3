using System.Collections.Concurrent;
using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile.Http;

/// <summary>
/// Callers that are well, at a steady rate, over connections that they had before anything happened. Each
/// counts from the time it was due.
/// </summary>
sealed class HttpTraffic(HttpSender sender, string key)
{
    /// <summary>Requests a second.</summary>
    internal const int Rate = 50;

    readonly List<long> _dueAt = [];
    readonly ConcurrentDictionary<int, (TimeSpan Took, RawAnswer? Answer)> _answers = new();

    internal int Count => _dueAt.Count;

    /// <summary>Those that were not told that it was done.</summary>
    internal int Wrong => Enumerable.Range(0, Count).Count(number =>
        !_answers.TryGetValue(number, out var one) || one.Answer is not { Status: 200 } answer
        || !answer.Body.AsSpan().StartsWith("{\"rc\":\"SUCCESS\""u8));

    internal string FirstWrong => string.Join("; ", _answers.OrderBy(one => one.Key)
        .Where(one => one.Value.Answer is not { Status: 200 } answer
            || !answer.Body.AsSpan().StartsWith("{\"rc\":\"SUCCESS\""u8))
        .Take(3).Select(one => string.Create(CultureInfo.InvariantCulture,
            $"#{one.Key} {one.Value.Answer?.Status} {Encoding.UTF8.GetString(one.Value.Answer?.Body ?? [])}")));

    internal async Task FlowAsync(int most, CancellationToken end)
    {
        var began = Stopwatch.GetTimestamp();
        List<Task> asked = [];
        while (!end.IsCancellationRequested && Count < most)
        {
            var number = Count;
            var dueAt = began + (long)(number * (double)Stopwatch.Frequency / Rate);
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), dueAt) is { Ticks: > 0 } early)
            {
                await Task.Delay(early, CancellationToken.None);
            }

            _dueAt.Add(dueAt);
            asked.Add(AskAsync(number, dueAt));
        }

        await Task.WhenAll(asked);
    }

    internal (double P99, double Most, int Samples) Latencies(IEnumerable<(int From, int To)> spans)
    {
        double[] found =
        [
            .. spans.SelectMany(span => Enumerable.Range(span.From, span.To - span.From))
                .Where(_answers.ContainsKey).Select(number => _answers[number].Took.TotalMilliseconds).Order(),
        ];
        return found.Length == 0
            ? (0, 0, 0)
            : (found[(int)Math.Ceiling(0.99 * found.Length) - 1], found[^1], found.Length);
    }

    /// <summary>The requests of that many seconds from now on.</summary>
    internal async Task<(int From, int To)> SpanAsync(int seconds, Task flow)
    {
        var from = Count;
        while (Count < from + (Rate * seconds) && !flow.IsCompleted)
        {
            await Task.Delay(10);
        }

        return (from, Count);
    }

    async Task AskAsync(int number, long dueAt)
    {
        var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$"""{"payment_ref":"{{GoodTraffic.PaymentRef(number)}}","amount":{{GoodTraffic.Amount}},"reference_id":"good-{{number}}"}"""));
        var message = Message.Of(body, Gate.Sign(Encoding.UTF8.GetBytes(key), body), Clients.Good);
        var answer = await sender.AskAsync(message, Wire.Trace(number, good: true));
        _answers[number] = (Stopwatch.GetElapsedTime(dueAt), answer);
    }
}
