using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Running;

/// <summary>Requests that are well, at a steady rate from beginning to end: what honest senders notice of the
/// rest. Each counts from the time it was due, however late it really left.</summary>
sealed class GoodTraffic(Sender sender, HeardOutcomes tap, string key)
{
    /// <summary>Requests a second.</summary>
    internal const int Rate = 100;

    /// <summary>What each of them takes, and its payment is worth.</summary>
    internal const int Amount = 10_000;

    readonly List<long> _dueAt = [];

    /// <summary>Requests sent.</summary>
    internal int Count => _dueAt.Count;

    internal static string PaymentRef(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"G{number:D9}");

    /// <summary>Sends until it is told to end, or every payment was asked for.</summary>
    internal async Task FlowAsync(int most, CancellationToken end)
    {
        var beat = TimeSpan.FromSeconds(1.0 / Rate);
        var began = Stopwatch.GetTimestamp();
        var sent = new List<Task>();
        while (!end.IsCancellationRequested && Count < most)
        {
            var number = Count;
            var dueAt = began + (long)(number * beat.TotalSeconds * Stopwatch.Frequency);
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), dueAt);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, CancellationToken.None);
            }

            _dueAt.Add(dueAt);
            var message = Make(number);
            sent.Add(sender.SendAsync(message, Wire.Properties(message, number, good: true)));
        }

        await Task.WhenAll(sent);
    }

    /// <summary>The latency that 99 of 100 requests kept below, and the most; in milliseconds.</summary>
    internal (double P99, double Most, int Samples) Latencies(IEnumerable<(int From, int To)> spans)
    {
        var found = new List<double>();
        foreach (var number in spans.SelectMany(span => Enumerable.Range(span.From, span.To - span.From)))
        {
            if (tap.GoodAt(number) is { } heardAt)
            {
                found.Add(Stopwatch.GetElapsedTime(_dueAt[number], heardAt).TotalMilliseconds);
            }
        }

        found.Sort();
        return found.Count == 0
            ? (0, 0, 0)
            : (found[(int)Math.Ceiling(0.99 * found.Count) - 1], found[^1], found.Count);
    }

    internal int Unanswered() => Enumerable.Range(0, Count).Count(number => tap.GoodAt(number) is null);

    Message Make(int number)
    {
        var paymentRef = PaymentRef(number);
        var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$"""{"payment_ref":"{{paymentRef}}","amount":{{Amount}},"reference_id":"good-{{number}}"}"""));
        return Message.Of(body, Gate.Sign(Encoding.UTF8.GetBytes(key), body), Clients.Good);
    }
}
