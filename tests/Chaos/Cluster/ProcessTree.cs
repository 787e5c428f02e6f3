namespace Reversals.Tests.Chaos;

/// <summary>What belongs to a process that has children, as the kernel tells it.</summary>
static class ProcessTree
{
    internal static List<int> ChildrenOf(int parent) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => char.IsAsciiDigit(name![0]))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .Where(pid => StateOf(pid)?[1] == parent.ToString(CultureInfo.InvariantCulture)),
    ];

    internal static bool IsAlive(int pid) => StateOf(pid) is { } state && state[0] is not "Z";

    /// <summary>State, parent and so on; null: there is no such process.</summary>
    static string[]? StateOf(int pid)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
