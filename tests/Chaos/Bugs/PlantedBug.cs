namespace Reversals.Tests.Chaos;

/// <summary>A mistake somebody could have made, as a patch to the source; its head says what it is.</summary>
sealed record PlantedBug
{
    const string CaughtByHead = "Caught by: ";
    const string RunHead = "Run: ";

    public required string Name { get; init; }

    /// <summary>The patch.</summary>
    public required string Path { get; init; }

    /// <summary>The invariants of which at least one must be found broken.</summary>
    public required IReadOnlyList<int> CaughtBy { get; init; }

    /// <summary>Arguments of the run that catches it.</summary>
    public required string Run { get; init; }

    internal static PlantedBug Read(string path)
    {
        var head = File.ReadLines(path)
            .TakeWhile(line => !line.StartsWith("--- ", StringComparison.Ordinal)).ToArray();
        return new PlantedBug
        {
            Name = System.IO.Path.GetFileNameWithoutExtension(path),
            Path = path,
            CaughtBy =
            [
                .. Value(CaughtByHead).Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)),
            ],
            Run = Value(RunHead),
        };

        string Value(string name) =>
            head.SingleOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..]
            ?? throw new InvalidOperationException($"{path} has no line that begins with \"{name}\"");
    }
}
