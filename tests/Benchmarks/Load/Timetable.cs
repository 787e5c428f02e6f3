namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// Open loop: each message has its time beforehand, and its latency counts from then, however late it really
/// left. Above 200/s the timetable is in whole milliseconds.
/// </summary>
static class Timetable
{
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// A timer comes late; the rest of the way to a single due message is waited for awake.
    /// </summary>
    static readonly TimeSpan Awake = TimeSpan.FromMilliseconds(2);

    /// <summary>Each message when its time has come, with that time.</summary>
    internal static async IAsyncEnumerable<(Message Message, long DueAt)> OfAsync(
        IReadOnlyList<Message> messages, double rate)
    {
        var began = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 100);
        for (var place = 0; place < messages.Count; place++)
        {
            var due = TimeSpan.FromSeconds(place / rate);
            if (rate > 200)
            {
                due = TimeSpan.FromMilliseconds(Math.Floor(due.TotalMilliseconds));
            }

            var dueAt = began + (long)(due.TotalSeconds * Stopwatch.Frequency);
            await UntilAsync(dueAt, awake: rate <= 200);
            yield return (messages[place], dueAt);
        }
    }

    static async Task UntilAsync(long dueAt, bool awake)
    {
        while (true)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), dueAt);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            if (!awake)
            {
                await Task.Delay(Tick);
            }
            else if (left > Awake)
            {
                await Task.Delay(left - Awake);
            }
            else
            {
                Thread.SpinWait(20);
            }
        }
    }
}
