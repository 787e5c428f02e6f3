namespace Reversals.Tests.Harness;

/// <summary>A mistake somebody could have made: what to change where; the head of its file says what it is.</summary>
sealed record PlantedBug
{
    const string CaughtByHead = "Caught by: ";
    const string RunHead = "Run: ";

    public required string Name { get; init; }

    /// <summary>The invariants of which at least one must be found broken.</summary>
    public required IReadOnlyList<int> CaughtBy { get; init; }

    /// <summary>Arguments of the run that catches it.</summary>
    public required string Run { get; init; }
    public required IReadOnlyList<SourceEdit> Edits { get; init; }

    /// <summary>All there are, by their names.</summary>
    internal static PlantedBug[] ReadAll() =>
    [
        .. Directory.GetFiles(Repository.PathOf("tests/Chaos/Bugs"), "*.bug")
            .Order(StringComparer.Ordinal).Select(Read),
    ];

    static PlantedBug Read(string path)
    {
        var lines = File.ReadAllLines(path);
        return new PlantedBug
        {
            Name = Path.GetFileNameWithoutExtension(path),
            CaughtBy =
            [
                .. Value(CaughtByHead).Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)),
            ],
            Run = Value(RunHead),
            Edits = [.. SourceEdit.ReadAll(lines)],
        };

        string Value(string name) =>
            lines.SingleOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..]
            ?? throw new InvalidOperationException($"{path} has no line that begins with \"{name}\"");
    }

    /// <summary>The files under a copy of the repository that it changes, with the texts they become.</summary>
    internal Dictionary<string, string> Plant(string root)
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (var edit in Edits)
        {
            var (file, text) = edit.Apply(root, files);
            files[file] = text;
        }

        return files;
    }
}
