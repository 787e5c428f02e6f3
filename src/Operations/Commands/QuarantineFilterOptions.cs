using System.CommandLine;
using Reversals.Operations.Queries;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>The options that say which messages of the quarantine are meant.</summary>
sealed class QuarantineFilterOptions(CommandContext context, bool withIds = false)
{
    internal Argument<long[]> Ids { get; } =
        SharedOptions.Rows("id", "Rows, by their ids", ArgumentArity.ZeroOrMore);

    internal Option<string?> Cause { get; } = KnownCause();

    internal Option<DateTimeOffset?> Since { get; } = SharedOptions.Since(context);

    internal Option<string?> Client { get; } = new("--client")
    {
        Description = "Only with this Client-Id, as the message names it",
    };

    /// <summary>A command that changes messages must name them, or a slip would change all.</summary>
    internal void MustNarrow(Command command) => command.Validators.Add(result =>
    {
        if (result.GetResult(Ids) is not { Tokens.Count: > 0 } && result.GetResult(Cause) is null
            && result.GetResult(Since) is null && result.GetResult(Client) is null)
        {
            result.AddError("Say which messages: ids, --cause, --since or --client");
        }
    });

    /// <summary>A misspelt cause would find nothing, and all would seem well.</summary>
    static Option<string?> KnownCause()
    {
        var known = string.Join(", ", QuarantinedMessage.Causes);
        return new("--cause")
        {
            Description = $"Only this cause: {known}",
            Validators =
            {
                result =>
                {
                    foreach (var token in result.Tokens.Where(token => !QuarantinedMessage.Causes
                        .Contains(token.Value, StringComparer.OrdinalIgnoreCase)))
                    {
                        result.AddError($"--cause: expected one of {known}; found '{token.Value}'");
                    }
                },
            },
        };
    }

    internal QuarantineFilter Of(ParseResult parsed) => new()
    {
        Cause = parsed.GetValue(Cause)?.ToUpperInvariant(),
        Since = parsed.GetValue(Since),
        ClientId = parsed.GetValue(Client),
        Ids = withIds && parsed.GetValue(Ids) is { Length: > 0 } ids ? [.. ids.Distinct()] : null,
    };
}

/// <summary>Reports at once; <see cref="Progress{T}"/> would report later and from another thread.</summary>
sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
