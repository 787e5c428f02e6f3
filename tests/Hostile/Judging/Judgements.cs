using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Judging;

/// <summary>What held and what did not, with the first examples of each failure.</summary>
sealed class Judgements
{
    const int MostExamples = 10;
    const int MostBytes = 600;

    readonly Dictionary<string, (int Count, List<string> Examples)> _failures = new(StringComparer.Ordinal);

    internal int Passed { get; private set; }
    internal int Failed { get; private set; }

    /// <summary>For each kind of corpus, how its inputs ended.</summary>
    internal SortedDictionary<string, Tally> Tallies { get; } = new(StringComparer.Ordinal);

    internal IEnumerable<(string Rule, int Count, IReadOnlyList<string> Examples)> Failures =>
        _failures.Select(failure =>
            (failure.Key, failure.Value.Count, (IReadOnlyList<string>)failure.Value.Examples));

    internal Tally Of(string kind)
    {
        if (!Tallies.TryGetValue(kind, out var tally))
        {
            Tallies[kind] = tally = new Tally();
        }

        return tally;
    }

    internal void Judge(bool holds, string rule, string found)
    {
        if (holds)
        {
            Passed++;
        }
        else
        {
            Fail(rule, found);
        }
    }

    /// <summary>Judges one input; null: it ended as it must.</summary>
    internal void Judge(string kind, string? wrong, string origin, Message message)
    {
        if (wrong is null)
        {
            Passed++;
            return;
        }

        Of(kind).Wrong++;
        Fail(wrong, $"{origin}\n      body {Escaped(message.Body)}\n      " + string.Join(", ",
            message.Headers.Select(header => $"{header.Key}: " +
                (header.Value is byte[] bytes ? Escaped(bytes) : header.Value))));
    }

    /// <summary>The exact bytes, readable on any terminal.</summary>
    static string Escaped(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var one in bytes.Take(MostBytes))
        {
            text.Append(one is >= 0x20 and < 0x7F and not (byte)'\\' ? ((char)one).ToString()
                : one is (byte)'\\' ? @"\\"
                : $@"\x{one:x2}");
        }

        return bytes.Length <= MostBytes ? text.ToString() : $"{text}… ({bytes.Length} bytes)";
    }

    void Fail(string rule, string example)
    {
        Failed++;
        var (count, examples) = _failures.TryGetValue(rule, out var known) ? known : (0, []);
        if (examples.Count < MostExamples)
        {
            examples.Add(example);
        }

        _failures[rule] = (count + 1, examples);
    }
}

/// <summary>How the inputs of one kind ended.</summary>
sealed class Tally
{
    internal int Inputs { get; set; }
    internal int Wrong { get; set; }

    /// <summary>By reason or cause.</summary>
    internal SortedDictionary<string, int> Ends { get; } = new(StringComparer.Ordinal);

    internal void Add(string end) => Ends[end] = Ends.GetValueOrDefault(end) + 1;

    internal int Count(Func<string, bool> which) => Ends.Where(end => which(end.Key)).Sum(end => end.Value);
}
