using System.Text.RegularExpressions;

namespace Reversals.Tests.Chaos.Running;

/// <summary>
/// Reads what workers and gateways say: keeps it, and looks in it for what must never stand there. Complaints of the
/// supervisors gather here too.
/// </summary>
sealed partial class Watch(string folder, IReadOnlyList<string> secrets) : IDisposable
{
    const int KeptLines = 8;

    readonly Lock _gate = new();
    readonly Dictionary<string, StreamWriter> _files = new(StringComparer.Ordinal);
    readonly Dictionary<string, Queue<string>> _last = new(StringComparer.Ordinal);
    readonly List<Finding> _findings = [];

    internal IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_gate)
            {
                return [.. _findings];
            }
        }
    }

    internal long Lines { get; private set; }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    internal void Complain(int invariant, string text)
    {
        lock (_gate)
        {
            _findings.Add(new Finding { Invariant = invariant, Text = text, History = [] });
        }
    }

    internal void Read(string who, string line)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(who, out var file))
            {
                file = _files[who] = File.CreateText(Path.Combine(folder, $"{who}.log"));
                _last[who] = new Queue<string>();
            }

            file.WriteLine(line);
            Lines++;
            _last[who].Enqueue(line);
            if (_last[who].Count > KeptLines)
            {
                _last[who].Dequeue();
            }
        }

        if (secrets.FirstOrDefault(secret => line.Contains(secret, StringComparison.Ordinal)) is { } found)
        {
            Complain(10, $"{who} wrote '{found}' into its log: {line}");
        }

        if (AccountNumber().IsMatch(line))
        {
            Complain(10, $"{who} wrote a whole account number into its log: {line}");
        }
    }

    internal string LastLines(string who)
    {
        lock (_gate)
        {
            return _last.TryGetValue(who, out var lines) ? string.Join(" | ", lines) : "it said nothing";
        }
    }

    /// <summary>The prefix of every account of the run and the ten digits behind it.</summary>
    [GeneratedRegex(Workload.Books.Prefix + "[0-9]{10}", RegexOptions.None, 1000)]
    private static partial Regex AccountNumber();
}
