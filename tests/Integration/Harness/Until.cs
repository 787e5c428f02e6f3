using System.Diagnostics;

namespace Reversals.Tests.Integration.Harness;

/// <summary>Waits for a condition with a deadline, never for a while.</summary>
static class Until
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(15);

    /// <summary>A worker wrote this to its log.</summary>
    internal static Task LoggedAsync(string text) => TrueAsync(
        () => LogCapture.Text.Contains(text, StringComparison.Ordinal), $"the worker says \"{text}\"");

    /// <summary>A worker wrote a line with all of this to its log.</summary>
    internal static Task LoggedInOneLineAsync(params string[] texts) => TrueAsync(
        () => LogCapture.Text.Split('\n').Any(line =>
            texts.All(text => line.Contains(text, StringComparison.Ordinal))),
        $"the worker says {string.Join(" … ", texts)}");

    internal static Task TrueAsync(Func<bool> condition, string what, int seconds = 20) =>
        TrueAsync(() => Task.FromResult(condition()), what, seconds);

    internal static async Task TrueAsync(Func<Task<bool>> condition, string what, int seconds = 20)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began).TotalSeconds > seconds)
            {
                throw new TimeoutException(
                    $"Not within {seconds} s: {what}. The worker said:\n{End(LogCapture.Text)}");
            }

            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }
    }

    static string End(string log) => log.Length > 3000 ? "…" + log[^3000..] : log;
}
