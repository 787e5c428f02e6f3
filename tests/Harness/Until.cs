using System.Net.Sockets;

namespace Reversals.Tests.Harness;

/// <summary>Waits for a condition with a deadline, never for a while.</summary>
static class Until
{
    internal static readonly TimeSpan Step = TimeSpan.FromMilliseconds(15);

    /// <summary>When the waiting itself is to end, as when a test run is cancelled.</summary>
    internal static Func<CancellationToken> Cancelled { get; set; } = () => CancellationToken.None;

    /// <summary>A worker wrote this to its log.</summary>
    internal static Task LoggedAsync(string text) => TrueAsync(
        () => LogCapture.Text.Contains(text, StringComparison.Ordinal), $"the worker says \"{text}\"");

    /// <summary>A worker wrote a line with all of this to its log.</summary>
    internal static Task LoggedInOneLineAsync(params string[] texts) => TrueAsync(
        () => LogCapture.Text.Split('\n').Any(line =>
            texts.All(text => line.Contains(text, StringComparison.Ordinal))),
        $"the worker says {string.Join(" … ", texts)}");

    internal static Task TrueAsync(Func<bool> condition, string what, double seconds = 20) =>
        TrueAsync(() => Task.FromResult(condition()), what, seconds);

    internal static async Task TrueAsync(Func<Task<bool>> condition, string what, double seconds = 20)
    {
        if (await TakesAsync(condition, seconds) is null)
        {
            throw new TimeoutException(
                $"Not within {seconds} s: {what}. The worker said:\n{End(LogCapture.Text)}");
        }
    }

    /// <summary>How long it took until the condition was true; null: longer than the deadline.</summary>
    internal static async Task<TimeSpan?> TakesAsync(
        Func<Task<bool>> condition, double seconds, TimeSpan? step = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(since).TotalSeconds > seconds)
            {
                return null;
            }

            await Task.Delay(step ?? Step, Cancelled());
        }

        return Stopwatch.GetElapsedTime(since);
    }

    internal static async Task<bool> AcceptsAsync(IPEndPoint place)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(place);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    static string End(string log) => log.Length > 3000 ? "…" + log[^3000..] : log;
}
