using System.CommandLine;
using System.CommandLine.Parsing;

namespace Reversals.Operations.Commands;

/// <summary>The command line cannot be used; the message says what is expected.</summary>
sealed class UsageException(string problem) : Exception(problem);

/// <summary>Rules for the command line that hold for every command.</summary>
static class Usage
{
    /// <summary>As long as a path may be.</summary>
    const int Longest = 4_096;

    /// <summary>Nothing is read from a file because a reference begins with @.</summary>
    internal static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    internal static IEnumerable<string> Problems(ParseResult parsed)
    {
        // After -- everything is a value.
        var literal = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash)
            .ToHashSet(ReferenceEqualityComparer.Instance);
        return from result in Results(parsed.RootCommandResult)
               from token in result.Tokens
               let isDashed = token.Value is ['-', _, ..] && !literal.Contains(token)
               let problem = isDashed && result is ArgumentResult
                   ? $"there is no option '{token.Value}' here. What is a value stands after --"
                   : Problem(token.Value)
               where problem is not null
               select ControlCharacters.Escape($"{NameOf(result)}: {problem}");
    }

    /// <summary>Adds the rule that a value has at most so many characters.</summary>
    internal static void AtMost(int longest, Option option) => option.Validators.Add(result =>
        Add(result, longest, option.Name));

    /// <inheritdoc cref="AtMost(int, Option)"/>
    internal static void AtMost(int longest, Argument argument) => argument.Validators.Add(result =>
        Add(result, longest, argument.Name));

    static void Add(SymbolResult result, int longest, string name)
    {
        foreach (var token in result.Tokens.Where(token => token.Value.Length > longest))
        {
            result.AddError($"{name}: expected 1 to {longest} characters, found {token.Value.Length}");
        }
    }

    static string NameOf(SymbolResult result) => result switch
    {
        OptionResult option => option.Option.Name,
        ArgumentResult argument => argument.Argument.Name,
        _ => "",
    };

    static IEnumerable<SymbolResult> Results(CommandResult command) => command.Children.SelectMany(child =>
        child is CommandResult below ? Results(below) : [child]);

    static string? Problem(string value) =>
        string.IsNullOrWhiteSpace(value) ? "expected a value, found nothing"
        : value.Length > Longest ? $"expected at most {Longest} characters, found {value.Length}"
        : ControlCharacters.First(value) is { } hidden
            ? $"expected characters that can be seen, found {hidden}"
        : null;
}
