using System.Text.RegularExpressions;

namespace Reversals.Tests.Chaos.Running;

/// <summary>
/// Reads what the workers say: keeps it, and looks in it for what must never stand there. Complaints of the
/// supervisors gather here too.
/// </summary>
sealed partial class Watch(string folder, IReadOnlyList<string> secrets) : IDisposable
{
    const int KeptLines = 8;

    readonly Lock _gate = new();
    readonly Dictionary<int, StreamWriter> _files = [];
    readonly Dictionary<int, Queue<string>> _last = [];
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

    internal void Read(int worker, string line)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(worker, out var file))
            {
                file = _files[worker] = File.CreateText(Path.Combine(folder, $"worker-{worker}.log"));
                _last[worker] = new Queue<string>();
            }

            file.WriteLine(line);
            Lines++;
            _last[worker].Enqueue(line);
            if (_last[worker].Count > KeptLines)
            {
                _last[worker].Dequeue();
            }
        }

        if (secrets.FirstOrDefault(secret => line.Contains(secret, StringComparison.Ordinal)) is { } found)
        {
            Complain(10, $"worker {worker} wrote '{found}' into its log: {line}");
        }

        if (AccountNumber().IsMatch(line))
        {
            Complain(10, $"worker {worker} wrote a whole account number into its log: {line}");
        }
    }

    internal string LastLines(int worker)
    {
        lock (_gate)
        {
            return _last.TryGetValue(worker, out var lines) ? string.Join(" | ", lines) : "it said nothing";
        }
    }

    /// <summary>The prefix of every account of the run and the ten digits behind it.</summary>
    [GeneratedRegex(Workload.Books.Prefix + "[0-9]{10}", RegexOptions.None, 1000)]
    private static partial Regex AccountNumber();
}
