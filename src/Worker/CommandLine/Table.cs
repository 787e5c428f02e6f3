using System.Globalization;
using System.Text;

namespace Reversals.Worker.CommandLine;

/// <summary>Tables that fit 100 columns: the widest columns give way, and their cells are wrapped.</summary>
static class Table
{
    internal const int Width = 100;
    const int Narrowest = 8;
    const string Gap = "  ";

    internal static IEnumerable<string> Lines(
        IReadOnlyList<string> titles, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = [titles, .. rows.Select(row => row.Select(Harmless).ToArray())];
        var widths = titles.Select((_, place) => all.Max(row => row[place].Length)).ToArray();
        while (widths.Sum() + (Gap.Length * (widths.Length - 1)) > Width && widths.Max() > Narrowest)
        {
            widths[Array.IndexOf(widths, widths.Max())]--;
        }

        foreach (var (index, row) in all.Index())
        {
            foreach (var line in Row(row, widths))
            {
                yield return line;
            }

            if (index == 0)
            {
                yield return string.Join(Gap, widths.Select(width => new string('-', width)));
            }
        }
    }

    /// <summary>What a terminal would obey instead of showing, it shows.</summary>
    internal static string Harmless(string text) =>
        text.Any(IsControl) ? string.Concat(text.Select(one => IsControl(one) ? '\uFFFD' : one)) : text;

    static bool IsControl(char one) => char.IsControl(one)
        || char.GetUnicodeCategory(one) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;

    static IEnumerable<string> Row(IReadOnlyList<string> cells, int[] widths)
    {
        var wrapped = cells.Select((cell, place) => Wrap(cell, widths[place]).ToList()).ToList();
        for (var line = 0; line < wrapped.Max(cell => cell.Count); line++)
        {
            yield return string.Join(
                Gap,
                wrapped.Select((cell, place) => cell.ElementAtOrDefault(line)?.PadRight(widths[place])
                    ?? new string(' ', widths[place]))).TrimEnd();
        }
    }

    /// <summary>By words where they fit, else by characters.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            var rest = word;
            while (line.Length + (line.Length > 0 ? 1 : 0) + rest.Length > width)
            {
                if (line.Length > 0)
                {
                    yield return line.ToString();
                    line.Clear();
                }
                else
                {
                    yield return rest[..width];
                    rest = rest[width..];
                }
            }

            line.Append(line.Length > 0 ? " " : "").Append(rest);
        }

        yield return line.ToString();
    }
}
