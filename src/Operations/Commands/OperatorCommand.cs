using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Reversals.Operations.Actions;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Commands;

/// <summary>A command with an example, which its help shows.</summary>
sealed class OperatorCommand : Command
{
    /// <summary>For every command.</summary>
    internal static readonly Option<bool> Json = new("--json")
    {
        Description = "Answer with one JSON document instead of tables", Recursive = true,
    };

    /// <summary>For the commands that change something.</summary>
    internal static readonly Option<bool> Yes = new("--yes")
    {
        Description = "Do not ask before changing something",
    };

    /// <inheritdoc cref="Yes"/>
    internal static readonly Option<string> As = Who();

    /// <summary>The list of all commands shows the first sentence of the description.</summary>
    internal OperatorCommand(string name, string description, string example)
        : base(name, description.Split(". ", 2)[0])
    {
        More = description.Split(". ", 2).ElementAtOrDefault(1);
        Example = example;
    }

    /// <summary>The rest of the description; null: there is none.</summary>
    internal string? More { get; }

    internal string Example { get; }

    /// <summary>Sets what the command does; an error becomes one line and an exit code.</summary>
    internal OperatorCommand WithAction(
        CommandContext context, Func<ParseResult, CancellationToken, Task<int>> action)
    {
        SetAction((parsed, stop) =>
            ErrorHandler.ToExitCodeAsync(context, () => action(parsed, stop), stop));
        return this;
    }

    /// <summary>The same for a command that needs only some of the settings.</summary>
    internal OperatorCommand WithAction(
        CommandContext context, IReadOnlyList<string> needs,
        Func<ParseResult, CommandOutput, WorkerOptions, CancellationToken, Task<int>> action) =>
        WithAction(context, (parsed, stop) => action(
            parsed, new CommandOutput(context, parsed.GetValue(Json)), context.Options(needs), stop));

    /// <summary>The same for a command that needs all settings.</summary>
    internal OperatorCommand WithAction(
        CommandContext context,
        Func<ParseResult, CommandOutput, WorkerOptions, CancellationToken, Task<int>> action) =>
        WithAction(context, (parsed, stop) =>
        {
            var options = context.Options();
            var output = new CommandOutput(context, parsed.GetValue(Json));
            return action(parsed, output, options, stop);
        });

    static Option<string> Who()
    {
        const int longest = 100;
        var name = new Option<string>("--as")
        {
            Description = "Who does it, for the audit; the user of the system when not given",
            // A container may run as a number that has no name.
            DefaultValueFactory = _ => Environment.UserName is { Length: > 0 } user ? user : "unknown",
        };
        Usage.AtMost(longest, name);
        return name;
    }

    /// <summary>Who does it, and why.</summary>
    internal static Operator OperatorOf(ParseResult parsed, string? note) =>
        new() { Name = parsed.GetValue(As)!, Note = note };
}

/// <summary>The usual help, and an example below it.</summary>
sealed class HelpWithExample(SynchronousCommandLineAction usual) : SynchronousCommandLineAction
{
    internal static void AddTo(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExample((SynchronousCommandLineAction)help.Action!);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is OperatorCommand command)
        {
            var output = parseResult.InvocationConfiguration.Output;
            foreach (var line in command.More is { } more ? Table.Wrap(more + ".", Table.Widest) : [])
            {
                output.WriteLine(line);
            }

            output.WriteLine($"\nExample:\n  {command.Example}\n");
        }

        return code;
    }
}
