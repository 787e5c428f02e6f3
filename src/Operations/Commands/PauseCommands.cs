using System.CommandLine;
using Reversals.Operations.Actions;

namespace Reversals.Operations.Commands;

/// <summary>The workers take no requests until somebody lets them go on.</summary>
static class PauseCommands
{
    static readonly Option<string?> Client = Only();

    internal static OperatorCommand Pause(CommandContext context)
    {
        var note = SharedOptions.Note();
        note.Required = true;
        var command = new OperatorCommand(
            "pause",
            "Let no worker take requests, until resume. Each stops within two seconds, finishes what it " +
            "has, and takes none after a restart either; the requests wait in the queue, and events go " +
            "out. With --client only the requests of that client are taken and kept, and decided after " +
            "resume. Exit 1 when they were paused before",
            "reversal-worker pause --note 'the biller restores its database'")
        {
            Client, note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            var client = parsed.GetValue(Client);
            if (!await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes), client is null
                    ? "Stops all workers from taking requests."
                    : $"Stops all workers from deciding requests of {client}."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var isChanged = await new PauseAdmin(database).PauseAsync(
                client, OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop);
            output.Write(new { paused = true, changed = isChanged }, text => text.Line(isChanged
                ? client is null
                    ? "Paused: no worker takes requests from now on. status shows it; resume ends it."
                    : $"Paused: no worker decides requests of {client} from now on. status shows it."
                : "They were paused before: nothing was changed. status says by whom, and why."));
            return isChanged ? ExitCode.Well : ExitCode.Problem;
        });
    }

    internal static OperatorCommand Resume(CommandContext context)
    {
        var note = SharedOptions.Note();
        var command = new OperatorCommand(
            "resume", "Let the workers take requests again. Exit 1 when they were not paused",
            "reversal-worker resume --note 'the database is back'")
        {
            Client, note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            if (!await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes), "Lets all workers take requests again."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var isChanged = await new PauseAdmin(database).ResumeAsync(
                parsed.GetValue(Client), OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop);
            output.Write(new { paused = false, changed = isChanged }, text => text.Line(isChanged
                ? "Resumed: the workers take requests within two seconds."
                : "They were not paused: nothing was changed."));
            return isChanged ? ExitCode.Well : ExitCode.Problem;
        });
    }

    static Option<string?> Only()
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
