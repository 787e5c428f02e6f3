using System.Text;

namespace Reversals.Operations.Commands;

/// <summary>Tables that fit the screen: the widest columns give way, and their cells are wrapped.</summary>
static class Table
{
    /// <summary>Columns on a screen that is wider, or does not say how wide it is.</summary>
    internal const int Widest = 100;

    /// <summary>Where no person looks: a program wants each id in one piece.</summary>
    internal const int Unbroken = int.MaxValue;

    /// <summary>On a screen that is slimmer the lines are as wide as this.</summary>
    internal const int Slimmest = 60;

    const int Narrowest = 5;
    const string Gap = "  ";

    internal static IEnumerable<string> Lines(
        IReadOnlyList<string> titles, IReadOnlyList<IReadOnlyList<string>> rows, int width = Widest)
    {
        IReadOnlyList<string>[] all =
            [titles, .. rows.Select(row => row.Select(cell => ControlCharacters.Escape(cell)).ToArray())];
        var widths = titles.Select((_, place) => all.Max(row => row[place].Length)).ToArray();
        while (widths.Sum() + (Gap.Length * (widths.Length - 1)) > width && widths.Max() > Narrowest)
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
                yield return string.Join(Gap, widths.Select(columns => new string('-', columns)));
            }
        }
    }

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
                    // Both halves of a character beyond the first plane stay in one line.
                    var cut = char.IsHighSurrogate(rest[width - 1]) ? width - 1 : width;
                    yield return rest[..cut];
                    rest = rest[cut..];
                }
            }

            line.Append(line.Length > 0 ? " " : "").Append(rest);
        }

        yield return line.ToString();
    }
}
