using System.CommandLine;

namespace Reversals.Tests.Harness;

/// <summary>Every option and argument of every command, each given what nobody means by it.</summary>
static class Nonsense
{
    static readonly string[] Values =
    [
        "", " ", "x", "-1", "0", "1h", "--since", "--no-such", "99999999999999999999", "a\0b",
        "a\nb", "\t",
        "\u202e\U000e0041", "\ud800", "\ufffd", "@/etc/passwd", "[diagram]", "/no/such/file", "/",
        "'; DROP TABLE reversals.event; --", "ünï😀", new('x', 5_000), new('9', 10_000),
    ];

    /// <summary>What the required arguments get while another one is tried.</summary>
    static readonly Dictionary<string, string> Usual = new(StringComparer.Ordinal)
    {
        ["id"] = "1", ["row"] = "1", ["reference"] = "request-1", ["probe"] = "live",
        ["event_id"] = "01a209a6-f224-733d-addc-b8f24dae001b", ["signature"] = new('0', 64),
        ["--note"] = "why", ["shell"] = "bash", ["name"] = "payment-reversed",
    };

    /// <summary>Command lines, without those of commands that run until they are stopped.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="file">A file that can be read.</param>
    internal static IEnumerable<string[]> Lines(RootCommand root, string file) =>
        from command in Leaves(root, [])
        from line in Lines(command.Leaf, command.Path, root, file)
        select line;

    static IEnumerable<string[]> Lines(Command leaf, string[] path, RootCommand root, string file)
    {
        Option[] options = [.. leaf.Options, .. root.Options];
        string[] yes = leaf.Options.Any(option => option.Name is "--yes") ? ["--yes"] : [];
        string[] Required(string? but) =>
        [
            .. leaf.Arguments.Where(argument => !argument.Name.Equals(but, StringComparison.Ordinal))
                .Select(argument => argument.Name is "file" ? file : Usual[argument.Name]),
            .. leaf.Options.Where(option => option.Required)
                .Where(option => !option.Name.Equals(but, StringComparison.Ordinal))
                .SelectMany(option => (string[])[option.Name, Usual[option.Name]]),
        ];
        foreach (var value in Values)
        {
            // Those of every command are read in the same way wherever they stand.
            Option[] tried = [.. leaf.Options, .. value.Length == 1 ? root.Options : []];
            yield return [.. path, .. Required(but: null), .. yes, value];
            foreach (var argument in leaf.Arguments)
            {
                yield return [.. path, value, .. Required(argument.Name), .. yes];
                if (value.StartsWith('-'))
                {
                    yield return [.. path, .. Required(argument.Name), .. yes, "--", value];
                }
            }

            foreach (var option in tried)
            {
                yield return [.. path, .. Required(option.Name), .. yes, option.Name, value];
                if (value.Length == 1)
                {
                    yield return [.. path, .. Required(option.Name), .. yes, $"{option.Name}={value}"];
                }
            }
        }

        // It does not end by itself.
        foreach (var option in options.Where(option => option.Name is not "--watch"))
        {
            yield return [.. path, .. Required(option.Name), .. yes, option.Name];
            yield return [.. path, .. Required(option.Name), option.Name, "x", option.Name, "y"];
        }
    }

    static IEnumerable<(Command Leaf, string[] Path)> Leaves(Command command, string[] path) =>
        command.Subcommands.Count > 0
            ? command.Subcommands.Where(below => below.Name is not ("run" or "demo"))
                .SelectMany(below => Leaves(below, [.. path, below.Name]))
            : [(command, path)];
}
