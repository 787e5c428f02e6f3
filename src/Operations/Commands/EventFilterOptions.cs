using System.CommandLine;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>The options that say which stored events are meant.</summary>
sealed class EventFilterOptions(CommandContext context)
{
    internal Argument<Guid[]> Ids { get; } = SharedOptions.Events("event_id", "Events, by their ids");

    internal Option<DateTimeOffset?> Since { get; } = SharedOptions.Since(context, "Happened");

    internal Option<DateTimeOffset?> Until { get; } = SharedOptions.Until(context, "Happened");

    internal Option<string?> Client { get; } = new("--client") { Description = "Only of this client" };

    internal Option<string?> Kind { get; } = OutboxCommands.Kind();

    /// <summary>Ids, or a time from which on; a slip would publish all there ever were.</summary>
    internal void MustNarrow(Command command) => command.Validators.Add(result =>
    {
        var hasIds = result.GetResult(Ids) is { Tokens.Count: > 0 };
        var hasRange = result.GetResult(Until) is not null || result.GetResult(Client) is not null
            || result.GetResult(Kind) is not null || result.GetResult(Since) is not null;
        if (!hasIds && result.GetResult(Since) is null)
        {
            result.AddError("Say which events: ids, or --since with --until, --client and --kind");
        }
        else if (hasIds && hasRange)
        {
            result.AddError("Say which events by ids or by --since, not both");
        }
    });

    /// <summary>What happens from now on is not meant.</summary>
    internal EventFilter Of(ParseResult parsed) =>
        parsed.GetValue(Ids) is { Length: > 0 } ids
            ? new() { Ids = [.. ids.Distinct()] }
            : Range(parsed) with { Until = parsed.GetValue(Until) ?? context.Clock.GetUtcNow() };

    /// <summary>The same without ids and without an end.</summary>
    internal EventFilter Range(ParseResult parsed) => new()
    {
        Since = parsed.GetValue(Since),
        Until = parsed.GetValue(Until),
        ClientId = parsed.GetValue(Client),
        Kind = parsed.GetValue(Kind),
    };
}
