using System.CommandLine;
using Reversals.Operations.Actions;

namespace Reversals.Operations.Commands;

/// <summary>The workers take no requests, or decide none of one client, until resume.</summary>
static class PauseCommands
{
    internal static OperatorCommand Pause(CommandContext context)
    {
        var (note, client) = (SharedOptions.Note(), Only());
        note.Required = true;
        var command = new OperatorCommand(
            "pause",
            "Let no worker take requests, until resume. Each stops within two seconds, finishes what it " +
            "has, and takes none after a restart either; the requests wait in the queue, and events go " +
            "out. With --client the requests of that client are kept, and others go on. Exit 1 when it was " +
            "paused before, or a worker does not say that it heard of it",
            "reversal-worker pause --note 'the biller restores its database'")
        {
            client, note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            var only = parsed.GetValue(client);
            if (!await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes), only is null
                    ? "Stops all workers from taking requests."
                    : $"Stops all workers from deciding requests of {only}, which are kept."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var admin = new PauseAdmin(database, context.Clock);
            return await ErrorHandler.WithStateAsync(
                context, () => StateOf(admin.Step, only),
                async () =>
                {
                    var isChanged = await admin.PauseAsync(
                        Target(only), OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop);
                    var unheard = await admin.AwaitWorkersAsync(Target(only), isPaused: true, stop);
                    Write(output, only, isChanged, unheard);
                    return isChanged && unheard.Count == 0 ? ExitCode.Well : ExitCode.Problem;
                },
                stop);
        });
    }

    /// <summary>What was done when it ends early, and what to do.</summary>
    static string StateOf(PauseStep step, string? client) => step is PauseStep.Done
        ? "It is paused, but some workers may not know yet. Run the command again: it names those that " +
            "have not confirmed."
        : Uncommitted(step, client, "are paused");

    /// <summary>What was done when a pause, or its end, was not committed for sure.</summary>
    internal static string Uncommitted(PauseStep step, string? client, string state) =>
        step is PauseStep.Before
        ? "Nothing was changed."
        : $"Whether the workers {state}{(client is null ? "" : $" for {client}")} is not known: " +
            "\"reversal-worker status\" shows it. Run it again: what is so already stays as it is.";

    static string Target(string? client) => client ?? Processing.Storage.Pause.All;

    static void Write(
        CommandOutput output, string? client, bool isChanged, IReadOnlyList<string> unheard) =>
        output.Write(new { paused = true, client, changed = isChanged, older_workers = unheard }, text =>
        {
            text.Line(!isChanged
                    ? "It was paused before: nothing was changed. status says by whom, and why."
                : client is null
                    ? "Paused: no worker takes requests from now on. status shows it; resume ends it."
                : $"Paused: what {client} sends is kept from now on. status shows it; resume ends it.");
            if (unheard.Count > 0)
            {
                text.Paragraph(Unheard(client, unheard));
            }
        });

    static string Unheard(string? client, IReadOnlyList<string> workers) => client is null
        ? "These are of a release that knows no such pause, or do not answer, and may go on: " +
            $"{string.Join(", ", workers)}. Stop them."
        : $"These do not know a client {client}, are of a release that knows no such pause, or do not " +
            $"answer, and may go on: {string.Join(", ", workers)}. Look at the name first: reversal-worker " +
            $"resume --client {client} takes a wrong one back. Stop those of an older release.";

    /// <summary>Of which client; all when not given.</summary>
    internal static Option<string?> Only()
    {
        const int longest = 100;
        var client = new Option<string?>("--client")
        {
            Description = "Only the requests of this client, as Clients:<id> names it; all when not given",
        };
        Usage.AtMost(longest, client);
        return client;
    }
}
