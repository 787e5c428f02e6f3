using System.CommandLine;
using System.CommandLine.Completions;

namespace Reversals.Operations.Commands;

/// <summary>Prints a script with which a shell completes the command line by the Tab key.</summary>
static class CompletionCommand
{
    const string Bash = "bash";
    const string Zsh = "zsh";
    const string Fish = "fish";

    internal static OperatorCommand Create(CommandContext context)
    {
        var shell = new Argument<string>("shell") { Description = $"{Bash}, {Zsh} or {Fish}" };
        shell.AcceptOnlyFromAmong(Bash, Zsh, Fish);
        var command = new OperatorCommand(
            "completion", "Print a script with which your shell completes commands and options",
            $"source <(reversal-worker completion {Bash})")
        {
            shell,
        };
        return command.WithAction(context, async (parsed, _) =>
        {
            var places = CompletionPlace.Below(parsed.RootCommandResult.Command, at: "", []).ToList();
            var script = parsed.GetValue(shell) switch
            {
                Bash => CompletionScripts.Bash(places),
                Zsh => CompletionScripts.Zsh(places),
                _ => CompletionScripts.Fish(places),
            };
            if (parsed.GetValue(OperatorCommand.Json))
            {
                new CommandOutput(context, json: true).Write(new { script }, _ => { });
            }
            else
            {
                await context.Out.WriteAsync(script);
            }

            return ExitCode.Well;
        });
    }
}

/// <summary>What can stand behind some commands.</summary>
sealed record CompletionPlace
{
    /// <summary>The commands so far, a blank before each; empty: none yet.</summary>
    public required string At { get; init; }

    /// <summary>Commands, and fixed values of arguments, each with its meaning.</summary>
    public required IReadOnlyList<(string Word, string Meaning)> Words { get; init; }

    /// <summary>Options, with their fixed values.</summary>
    public required IReadOnlyList<(Option Option, IReadOnlyList<string> Values)> Options { get; init; }

    internal IEnumerable<string> Offered =>
        Words.Select(one => one.Word).Concat(Options.Select(one => one.Option.Name));

    /// <summary>This command and all below it.</summary>
    internal static IEnumerable<CompletionPlace> Below(
        Command command, string at, IReadOnlyList<Option> inherited)
    {
        IReadOnlyList<Option> options = [.. command.Options, .. inherited];
        yield return new CompletionPlace
        {
            At = at,
            Words =
            [
                .. command.Subcommands.Select(one => (one.Name, one.Description ?? "")),
                .. command.Arguments.SelectMany(Values).Select(value => (value, "")),
            ],
            Options =
            [
                .. options.Select(one =>
                    (one, (IReadOnlyList<string>)(one.ValueType == typeof(bool) ? [] : [.. Values(one)]))),
            ],
        };
        IReadOnlyList<Option> passedOn = [.. options.Where(one => one.Recursive)];
        foreach (var place in command.Subcommands.SelectMany(one =>
            Below(one, $"{at} {one.Name}", passedOn)))
        {
            yield return place;
        }
    }

    static IEnumerable<string> Values(Symbol symbol) => symbol.GetCompletions(CompletionContext.Empty)
        .Select(one => one.InsertText ?? one.Label).Where(word => !word.StartsWith('-'));
}
