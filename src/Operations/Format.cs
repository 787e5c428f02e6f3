using System.Globalization;

namespace Reversals.Operations;

/// <summary>Numbers, times and ages as people read them, in the commands and on the operator page.</summary>
static class Format
{
    static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    internal static string Number(long number) => number.ToString("N0", Plain);

    /// <summary>A number that was counted up to <paramref name="most"/> only.</summary>
    internal static string Counted(long number, long most) =>
        Number(number) + (number >= most ? " or more" : "");

    /// <summary>An amount of money; null: there is none.</summary>
    internal static string? Amount(decimal? amount) => amount?.ToString("N2", Plain);

    /// <summary>In UTC, to the second; where it is shown, "UTC" or "Z" stands beside it.</summary>
    internal static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm:ss", Plain);

    /// <summary>A time for a table of a command; a dash when there is none.</summary>
    internal static string At(DateTime? utc) => utc is { } time ? Time(time) + "Z" : "-";

    /// <summary>How long, in the largest unit of which it has at least two.</summary>
    internal static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 2 and var days } => $"{(int)days} d",
        { TotalHours: >= 2 and var hours } => $"{(int)hours} h",
        { TotalMinutes: >= 2 and var minutes } => $"{(int)minutes} min",
        { TotalSeconds: var seconds } => $"{Math.Max(0, (int)seconds)} s",
    };

    /// <summary>How long ago; a dash when there is no such time.</summary>
    internal static string Age(DateTime? since, DateTime now) => since is { } time ? Age(now - time) : "-";
}
