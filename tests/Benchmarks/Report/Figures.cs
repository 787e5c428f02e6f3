using System.Text.Json;

namespace Reversals.Tests.Benchmarks.Report;

/// <summary>A value of one round, the highest when there are several; null: not measured.</summary>
/// <param name="contestant">Whose.</param>
/// <param name="measured">See <see cref="Phase"/>; empty: whatever was measured.</param>
/// <param name="value">Which.</param>
delegate double? Reading(string contestant, string measured, Func<Figure, double?> value);

/// <summary>
/// Everything that was measured, in order. Each figure is written at once: a later failure loses none.
/// </summary>
sealed class Figures(string? file, TextWriter progress)
{
    static readonly JsonSerializerOptions Json = new(
        ) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    readonly List<Figure> _all = [];

    /// <summary>The round that figures added now belong to.</summary>
    internal int Round { get; set; } = 1;

    internal IReadOnlyList<Figure> All => _all;

    /// <summary>
    /// Those of a file that a run has written, as far as it came: a run that was ended early still says what
    /// it measured.
    /// </summary>
    internal static Figures Read(IEnumerable<string> lines)
    {
        var figures = new Figures(file: null, TextWriter.Null);
        figures._all.AddRange(lines
            .Select(line => JsonElement.Parse(line))
            .Where(line => line.TryGetProperty("contestant", out _))
            .Select(line => line.Deserialize<Figure>(Json)!));
        return figures;
    }

    /// <summary>A line that is no figure: the head of the run, or plans.</summary>
    internal void Append(object line) => Append(JsonSerializer.Serialize(line, Json));

    internal void Add(Figure figure)
    {
        figure = figure with { Round = Round };
        _all.Add(figure);
        Append(JsonSerializer.Serialize(figure, Json));
        progress.WriteLine(Table.Progress(figure));
    }

    /// <summary>Median over the rounds of one value; null: no round has it.</summary>
    internal double? Median(string contestant, string measured, Func<Figure, double?> value) =>
        Median(value, figure => Is(figure, contestant, measured));

    /// <summary>Median over the rounds of a ratio, each computed from the figures of its own round.</summary>
    internal double? MedianOfRounds(Func<Reading, double?> ratio)
    {
        double[] ratios =
        [
            .. _all.Select(figure => figure.Round).Distinct()
                .Select(round => ratio((contestant, measured, value) =>
                    _all.Where(figure => figure.Round == round && Is(figure, contestant, measured)).Select(
                        value).Max()))
                .OfType<double>(),
        ];
        return ratios.Length == 0 ? null : Median(ratios);
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length == 0 ? 0
            : sorted.Length % 2 == 1 ? sorted[middle]
            : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double? Median(Func<Figure, double?> value, Func<Figure, bool> which)
    {
        double[] values = [.. _all.Where(which).Select(value).OfType<double>()];
        return values.Length == 0 ? null : Median(values);
    }

    /// <summary>An empty name of what was measured: any.</summary>
    static bool Is(Figure figure, string contestant, string measured) =>
        string.Equals(figure.Contestant, contestant, StringComparison.Ordinal)
        && (measured.Length == 0 || string.Equals(figure.Measured, measured, StringComparison.Ordinal));

    void Append(string line)
    {
        if (file is not null)
        {
            File.AppendAllText(file, line + "\n");
        }
    }
}
