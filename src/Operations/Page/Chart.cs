using System.Globalization;

namespace Reversals.Operations.Page;

/// <summary>A small picture of a rate, oldest point first. Its numbers stand beside it as text.</summary>
static class Chart
{
    const int Width = 240;
    const int Height = 44;

    /// <summary>Room above the highest and below the lowest point, for half of the line's width.</summary>
    const double Margin = 1.5;

    internal static Html Of(string description, IReadOnlyList<double> points)
    {
        if (points.Count < 2)
        {
            return $"""<p class="quiet chart">Not enough seen yet</p>""";
        }

        var highest = Math.Max(points.Max(), double.Epsilon);
        var line = string.Join(' ', points.Select((point, place) => string.Create(
            CultureInfo.InvariantCulture,
            $"{(double)Width * place / (points.Count - 1):0.#},{Y(point / highest):0.#}")));
        return $"""
            <svg class="chart" viewBox="0 0 {Width} {Height}" preserveAspectRatio="none" role="img"
              aria-label="{description}"><polygon points="0,{Height} {line} {Width},{Height}"/><polyline
              points="{line}" vector-effect="non-scaling-stroke"/></svg>
            """;
    }

    static double Y(double share) => Height - Margin - (share * (Height - (2 * Margin)));
}
