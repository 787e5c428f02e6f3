using System.Globalization;

namespace Reversals.Operations.Page;

/// <summary>Numbers, times and amounts as people read them.</summary>
static class Format
{
    static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    internal static string Count(long count) => Operations.Format.Number(count);

    internal static string Counted(long count, string one, string many) =>
        $"{Count(count)} {(count == 1 ? one : many)}";

    internal static string Money(decimal amount) => "IDR " + amount.ToString("N2", Plain);

    /// <summary>To the millisecond for programs, to the second for people.</summary>
    /// <param name="utc">As the database gives it.</param>
    internal static Html Time(DateTime utc) => $"""
        <time datetime="{utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Plain)}">{
            Operations.Format.Time(utc)}</time>
        """;

    internal static Html Ago(DateTime utc, DateTime now) => $"""
        <time datetime="{utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Plain)}" title="{
            Operations.Format.Time(utc)} UTC">{Operations.Format.Age(now - utc)} ago</time>
        """;

    internal static string Span(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0 s",
        { TotalSeconds: < 10 } => span.TotalSeconds.ToString("0.#", Plain) + " s",
        { TotalMinutes: < 1 } => $"{span.Seconds} s",
        { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        { TotalDays: < 100 } => $"{(int)span.TotalDays} d {span.Hours} h",
        _ => $"{(int)span.TotalDays} d",
    };

    /// <summary>A rate for each second.</summary>
    internal static string Rate(double each) => each switch
    {
        0 => "0/s",
        < 0.1 => (each * 60).ToString("0.#", Plain) + "/min",
        < 100 => each.ToString("0.#", Plain) + "/s",
        _ => each.ToString("N0", Plain) + "/s",
    };
}
