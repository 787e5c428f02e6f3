using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Reversals.Worker.Operations;

namespace Reversals.Worker.CommandLine;

/// <summary>Options that several verbs share.</summary>
static class Asked
{
    internal static Option<int> Limit(int usual, string what) => new("--limit")
    {
        Description = what,
        DefaultValueFactory = _ => usual,
        Validators =
        {
            result =>
            {
                if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is < 1 or > 1_000_000)
                {
                    result.AddError("--limit: expected 1 to 1000000");
                }
            },
        },
    };

    /// <summary>A time, or a while until now.</summary>
    internal static Option<DateTimeOffset?> Since(Shell shell) => new("--since")
    {
        Description = "Received then or later: 2026-01-31T08:00+07:00, or 30m, 2h, 7d until now",
        CustomParser = result => Time(result, shell.Clock),
    };

    /// <summary>In UTC, to the second.</summary>
    internal static string At(DateTime? time) =>
        time?.ToString("u", CultureInfo.InvariantCulture) ?? "-";

    internal static string Number(long number, bool capped = false) =>
        number.ToString("N0", CultureInfo.InvariantCulture) + (capped ? " or more" : "");

    /// <summary>Counted up to <see cref="StatusBoard.MostCounted"/>.</summary>
    internal static string Counted(long number) => Number(number, number >= StatusBoard.MostCounted);

    /// <summary>How long ago, in the largest unit that fits.</summary>
    internal static string Age(DateTime? since, DateTime now) => (now - since) switch
    {
        null => "-",
        { TotalDays: >= 2 and var days } => $"{(int)days} d",
        { TotalHours: >= 2 and var hours } => $"{(int)hours} h",
        { TotalMinutes: >= 2 and var minutes } => $"{(int)minutes} min",
        { TotalSeconds: var seconds } => $"{Math.Max(0, (int)seconds)} s",
    };

    static DateTimeOffset? Time(ArgumentResult result, TimeProvider clock)
    {
        var text = result.Tokens.Single().Value;
        if (text.Length > 1 && int.TryParse(
            text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && text[^1] is 's' or 'm' or 'h' or 'd')
        {
            var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, _ => 86_400 };
            return clock.GetUtcNow().AddSeconds(-(double)number * unit);
        }

        if (DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        result.AddError(
            $"--since: expected a time such as 2026-01-31T08:00Z or a while such as 2h, found '{text}'");
        return null;
    }
}
