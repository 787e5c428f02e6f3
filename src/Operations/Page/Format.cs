using System.Globalization;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>Numbers, times and amounts as operators read them.</summary>
static class Format
{
    static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    internal static string Count(long count) => Operations.Format.Number(count);

    internal static string Counted(long count, string one, string many) =>
        $"{Count(count)} {(count == 1 ? one : many)}";

    /// <summary>A number that was counted no further than <see cref="StatusQuery.MostCounted"/>.</summary>
    internal static string Capped(long count) =>
        Count(Math.Min(count, StatusQuery.MostCounted)) + (count >= StatusQuery.MostCounted ? "+" : "");

    internal static string Percent(long part, long whole) =>
        (100.0 * part / Math.Max(whole, 1)).ToString("0.#", Plain);

    internal static string Bytes(decimal bytes) => bytes switch
    {
        < 1024 => bytes.ToString("0", Plain) + " bytes",
        < 1024 * 1024 => (bytes / 1024).ToString("0.#", Plain) + " KiB",
        _ => (bytes / (1024 * 1024)).ToString("N0", Plain) + " MiB",
    };

    internal static string Money(decimal amount) => "IDR " + amount.ToString("N2", Plain);

    /// <summary>A time for programs, to the millisecond.</summary>
    /// <param name="utc">As the database gives it.</param>
    internal static string Machine(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Plain);

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
