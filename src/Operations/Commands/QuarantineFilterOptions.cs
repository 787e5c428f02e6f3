using System.CommandLine;
using Reversals.Contracts;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>The options that say which messages of the quarantine are meant.</summary>
sealed class QuarantineFilterOptions(CommandContext shell, bool withIds = false)
{
    internal Argument<long[]> Ids { get; } = SharedOptions.Rows("id", "Rows, by their ids", ArgumentArity.ZeroOrMore);

    internal Option<string?> Cause { get; } = KnownCause();

    internal Option<DateTimeOffset?> Since { get; } = SharedOptions.Since(shell);

    internal Option<string?> Client { get; } = new("--client")
    {
        Description = "Only with this Client-Id, as the message names it",
    };

    /// <summary>What changes something says which: by mistake it would be all.</summary>
    internal void MustNarrow(Command verb) => verb.Validators.Add(result =>
    {
        if (result.GetResult(Ids) is not { Tokens.Count: > 0 } && result.GetResult(Cause) is null
            && result.GetResult(Since) is null && result.GetResult(Client) is null)
        {
            result.AddError("Say which messages: ids, --cause, --since or --client");
        }
    });

    /// <summary>Of a cause that is misspelt nothing would be found, and all would seem well.</summary>
    static Option<string?> KnownCause()
    {
        var known = string.Join(", ", Reason.Causes);
        return new("--cause")
        {
            Description = $"Only this cause: {known}",
            Validators =
            {
                result =>
                {
                    foreach (var token in result.Tokens.Where(token => !Reason.Causes.Any(cause =>
                        cause.Code.Equals(token.Value, StringComparison.OrdinalIgnoreCase))))
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

/// <summary>Tells at once; <see cref="Progress{T}"/> would tell from another thread, and later.</summary>
sealed class SynchronousProgress<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
