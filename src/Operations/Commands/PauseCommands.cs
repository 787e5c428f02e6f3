using System.CommandLine;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>The workers take no requests until somebody lets them go on.</summary>
static class PauseCommands
{
    internal static OperatorCommand Pause(CommandContext context)
    {
        var note = SharedOptions.Note();
        note.Required = true;
        var command = new OperatorCommand(
            "pause",
            "Let no worker take requests, until resume. Each stops within two seconds, finishes what it " +
            "has, and takes none after a restart either; the requests wait in the queue, and events go " +
            "out. Exit 1 when they were paused before, or a worker of an older release goes on",
            "reversal-worker pause --note 'the biller restores its database'")
        {
            note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            if (!await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes), "Stops all workers from taking requests."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var isChanged = await new PauseAdmin(database).PauseAsync(
                OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop);
            var older = await OlderWorkersAsync(database, context, stop);
            output.Write(new { paused = true, changed = isChanged, older_workers = older }, text =>
            {
                text.Line(isChanged
                    ? "Paused: no worker takes requests from now on. status shows it; resume ends it."
                    : "They were paused before: nothing was changed. status says by whom, and why.");
                if (older.Count > 0)
                {
                    text.Paragraph(
                        "These are of a release that knows no pause, and go on: " +
                        $"{string.Join(", ", older)}. Stop them.");
                }
            });
            return isChanged && older.Count == 0 ? ExitCode.Well : ExitCode.Problem;
        });
    }

    /// <summary>Workers of before say nothing of their settings, and look for no pause either.</summary>
    static async Task<List<string>> OlderWorkersAsync(
        PostgresServers database, CommandContext context, CancellationToken stop)
    {
        var now = context.Clock.GetUtcNow().UtcDateTime;
        return
        [
            .. (await Query.ReadAsync<ReportedWorker>(database, "workers", stop))
                .Where(one => one.SettingsMark is null && Stalls.IsHeardOf(one, now))
                .Select(one => one.Worker),
        ];
    }

    internal static OperatorCommand Resume(CommandContext context)
    {
        var note = SharedOptions.Note();
        var command = new OperatorCommand(
            "resume", "Let the workers take requests again. Exit 1 when they were not paused",
            "reversal-worker resume --note 'the database is back'")
        {
            note, OperatorCommand.As, OperatorCommand.Yes,
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
                OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop);
            output.Write(new { paused = false, changed = isChanged }, text => text.Line(isChanged
                ? "Resumed: the workers take requests within two seconds."
                : "They were not paused: nothing was changed."));
            return isChanged ? ExitCode.Well : ExitCode.Problem;
        });
    }
}
