using Reversals.Tests.Benchmarks.Contestants;

namespace Reversals.Tests.Benchmarks.Report;

/// <summary>The medians, for people; at most 100 columns.</summary>
static class Table
{
    internal static string Of(Figures figures)
    {
        var text = new StringBuilder();
        var rows = figures.All.Where(figure => figure.Measured is not (Phase.Idle or Phase.Start))
            .Select(figure => (figure.Contestant, figure.Measured)).Distinct().ToArray();
        Throughput(text, figures,
            [.. rows.Where(row => Median(figures, row, figure => figure.P50Milliseconds) is null)]);
        Latency(text, figures,
            [.. rows.Where(row => Median(figures, row, figure => figure.P50Milliseconds) is not null)]);
        Door(text, figures);
        AtRest(text, figures);
        Reached(text, figures);
        return text.ToString();
    }

    /// <summary>A line while it runs.</summary>
    internal static string Progress(Figure figure) => Line(
        $"- round {Text(figure.Round, "0")}  {figure.Contestant,-20} {figure.Measured,-10} " +
        $"{Text(figure.MessagesPerSecond, "#,0"),9}/s  p50 {Text(figure.P50Milliseconds, "0.0"),7}  " +
        $"p99 {Text(figure.P99Milliseconds, "0.0"),7} ms  batch {Text(figure.MessagesPerBatch, "0"),4}");

    static void Throughput(StringBuilder text, Figures figures, (string, string)[] rows)
    {
        if (rows.Length == 0)
        {
            return;
        }

        text.AppendLine(Line(
            $"{"",-18} {"",-10} {"messages",9} {"CPU µs per message of",33} " +
            $"{"",5} {"trips",6} {"WAL",6} {"MiB",5}"));
        text.AppendLine(Line(
            $"{"contestant",-18} {"measured",-10} {"/s",9} " +
            $"{"itself",6} {"PostgreS",8} {"Rabbit",6} {"Σ",5} {"bench",5} " +
            $"{"batch",5} {"/msg",6} {"B/msg",6} {"most",5}"));
        foreach (var row in rows)
        {
            text.AppendLine(Line(
                $"{row.Item1,-18} {row.Item2,-10} {Of(row, figure => figure.MessagesPerSecond, "#,0"),9} " +
                $"{Of(row, figure => figure.WorkerMicroseconds, "0"),6} " +
                $"{Of(row, figure => figure.PostgresMicroseconds, "0"),8} " +
                $"{Of(row, figure => figure.RabbitMqMicroseconds, "0"),6} " +
                $"{Of(row, figure => figure.TotalMicroseconds, "0"),5} " +
                $"{Of(row, figure => figure.BenchMicroseconds, "0"),5} " +
                $"{Of(row, figure => figure.MessagesPerBatch, "0"),5} " +
                $"{Of(row, figure => figure.RoundTripsPerMessage, "0.000"),6} " +
                $"{Of(row, figure => figure.WalBytesPerMessage, "0"),6} " +
                $"{Of(row, figure => figure.MebibytesAtMost, "0"),5}"));
        }

        text.AppendLine();
        string Of((string, string) row, Func<Figure, double?> value, string format) =>
            Text(Median(figures, row, value), format);
    }

    static void Latency(StringBuilder text, Figures figures, (string, string)[] rows)
    {
        if (rows.Length == 0)
        {
            return;
        }

        text.AppendLine(Line($"{"milliseconds from due to heard",-29} {"offered/s",9} {"batch",5} " +
            $"{"p50",8} {"p99",8} {"p99.9",8} {"most",8} {"Σ µs",6} {"WAL B",6}"));
        foreach (var row in rows)
        {
            text.AppendLine(Line(
                $"{row.Item1,-18} {row.Item2,-10} {Of(row, figure => figure.OfferedPerSecond, "#,0"),9} " +
                $"{Of(row, figure => figure.MessagesPerBatch, "0"),5} " +
                $"{Of(row, figure => figure.P50Milliseconds, "0.0"),8} " +
                $"{Of(row, figure => figure.P99Milliseconds, "0.0"),8} " +
                $"{Of(row, figure => figure.P999Milliseconds, "0.0"),8} " +
                $"{Of(row, figure => figure.MostMilliseconds, "0.0"),8} " +
                $"{Of(row, figure => figure.TotalMicroseconds, "0"),6} " +
                $"{Of(row, figure => figure.WalBytesPerMessage, "0"),6}"));
        }

        text.AppendLine();
        string Of((string, string) row, Func<Figure, double?> value, string format) =>
            Text(Median(figures, row, value), format);
    }

    static void AtRest(StringBuilder text, Figures figures)
    {
        string[] names = [.. figures.All.Where(figure => figure.Measured is Phase.Start)
            .Select(figure => figure.Contestant).Distinct(StringComparer.Ordinal)];
        foreach (var name in names)
        {
            var ready = figures.Median(name, Phase.Start, figure => figure.ReadyMilliseconds);
            var first = figures.Median(name, Phase.Start, figure => figure.FirstEventMilliseconds);
            var idle = figures.Median(name, Phase.Idle, figure => figure.IdleMilliseconds);
            text.AppendLine(Line(
                $"{name,-18} ready {Text(ready, "#,0"),6} ms after exec, first event " +
                $"{Text(first, "#,0"),6}; idle {Text(idle, "0.0"),5} ms CPU a second"));
        }

        if (names.Length > 0)
        {
            text.AppendLine();
        }
    }

    static void Door(StringBuilder text, Figures figures)
    {
        var name = Contestant.Door.Name;
        if (figures.Median(name, Phase.Memory, figure => figure.MebibytesAtMost) is { } waiting)
        {
            var early = figures.Median(name, Phase.Memory, figure => figure.MebibytesEarly);
            var late = figures.Median(name, Phase.Memory, figure => figure.MebibytesLate);
            var threads = figures.Median(name, Phase.Memory, figure => figure.Threads);
            var cpu = figures.Median(name, Phase.Flow, figure => figure.GatewayMicroseconds);
            text.AppendLine(Line(
                $"the gateway: CPU {Text(cpu, "0")} µs a request of the flow; {Text(early, "0")} MiB while " +
                $"nobody waits,"));
            text.AppendLine(Line(
                $"{Text(waiting, "0")} while 1,000 do ({Text(threads, "0")} threads), " +
                $"{Text(late, "0")} after them"));
            text.AppendLine();
        }
    }

    static void Reached(StringBuilder text, Figures figures)
    {
        text.AppendLine(Line($"{"the worker's targets",-50} {"target",8} {"measured",9}"));
        Target[] told =
            [.. Targets.All, .. Targets.Besides.Where(target => target.Measured(figures) is not null)];
        foreach (var target in told)
        {
            var bound = $"{(target.Bound.AtLeast ? "≥" : "≤")} {Text(target.Bound.Value, "#,0.##")}";
            text.AppendLine(Line(
                $"{target.Name,-50} {bound,8} {Text(target.Measured(figures), "#,0.00"),9}   " +
                target.Verdict(figures)));
        }
    }

    static double? Median(
        Figures figures, (string Contestant, string Measured) row, Func<Figure, double?> value) =>
        figures.Median(row.Contestant, row.Measured, value);

    static string Text(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    static string Line(string text) => text.TrimEnd();
}
