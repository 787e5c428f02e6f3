using System.CommandLine;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>The workers go on; what they kept of a client is sent to them.</summary>
sealed class ResumeCommand
{
    const string Resumed = "are resumed";

    readonly CommandContext _context;
    readonly Option<string?> _client = PauseCommands.Only();
    readonly Option<string?> _note = SharedOptions.Note();
    readonly Option<int?> _rate = SharedOptions.Rate();
    readonly Option<TimeSpan> _wait = SharedOptions.Wait(
        ReplayTerms.UsualTimeout, "How long the workers may take to decide a portion of what was kept");

    ResumeCommand(CommandContext context) => _context = context;

    internal static OperatorCommand Create(CommandContext context) => new ResumeCommand(context).Create();

    OperatorCommand Create() => new OperatorCommand(
        "resume",
        "Let the workers take requests again. With --client what was kept of that client is sent to them, " +
        "in the order of its arrival and in portions, when its signature holds under the keys of now; for " +
        "that it needs both servers and the keys. Stopped in between, it is run again for the rest. Exit 1 " +
        "when nothing was paused or kept, or some is left",
        "reversal-worker resume --note 'the database is back'")
    {
        _client, _note, _rate, _wait, OperatorCommand.As, OperatorCommand.Yes,
    }.WithAction(_context, Needs.Database, (parsed, output, options, stop) =>
        parsed.GetValue(_client) is { } client
            ? ResumeClientAsync(client, parsed, output, _context.Options(Needs.ServersAndKeys), stop)
            : ResumeAllAsync(parsed, output, options, stop));

    async Task<int> ResumeAllAsync(
        ParseResult parsed, CommandOutput output, WorkerOptions options, CancellationToken stop)
    {
        if (!await _context.ConfirmAsync(
            parsed.GetValue(OperatorCommand.Yes), "Lets all workers take requests again."))
        {
            return ExitCode.Usage;
        }

        await using var database = CommandContext.Open(options);
        var admin = new PauseAdmin(database, _context.Clock);
        return await ErrorHandler.WithStateAsync(
            _context, () => PauseCommands.Uncommitted(admin.Step, client: null, Resumed),
            async () =>
            {
                var isChanged = await admin.ResumeAsync(
                    Pause.All, OperatorCommand.OperatorOf(parsed, parsed.GetValue(_note)), stop);
                output.Write(new { paused = false, changed = isChanged }, text => text.Line(isChanged
                    ? "Resumed: the workers take requests within two seconds."
                    : "They were not paused: nothing was changed."));
                return isChanged ? ExitCode.Well : ExitCode.Problem;
            },
            stop);
    }

    async Task<int> ResumeClientAsync(
        string client, ParseResult parsed, CommandOutput output, WorkerOptions options,
        CancellationToken stop)
    {
        await using var database = CommandContext.Open(options);
        var admin = new PauseAdmin(database, _context.Clock);
        var (kept, sent) = (0L, 0);
        var progress = new SynchronousProgress<IReadOnlyList<ReplayedMessage>>(done =>
        {
            sent += done.Count(one => one.IsSent);
            output.Progress($"sent {sent} …");
        });
        return await ErrorHandler.WithStateAsync(
            _context,
            () => admin.Step is PauseStep.Done
                ? $"Resumed: the workers decide requests of {client} again. Of the " +
                    $"{Format.Number(kept)} that were kept {Format.Number(sent)} were sent. Run the same " +
                    "command again for the rest."
                : PauseCommands.Uncommitted(admin.Step, client, Resumed),
            async () =>
            {
                var replay = new QuarantineReplay(database, options, _context.Clock);
                kept = (await replay.BoundAsync(PausedReplay.Of(client), stop)).Count;
                return await _context.ConfirmAsync(
                    parsed.GetValue(OperatorCommand.Yes),
                    $"Lets all workers decide requests of {client} again, and sends them the " +
                    $"{Format.Number(kept)} that were kept.")
                    ? await ResumeAsync(client, parsed, (admin, replay), (output, progress), stop)
                    : ExitCode.Usage;
            },
            stop);
    }

    async Task<int> ResumeAsync(
        string client, ParseResult parsed, (PauseAdmin Pause, QuarantineReplay Replay) actions,
        (CommandOutput Output, IProgress<IReadOnlyList<ReplayedMessage>> Progress) to, CancellationToken stop)
    {
        var by = OperatorCommand.OperatorOf(parsed, parsed.GetValue(_note));
        var isChanged = await actions.Pause.ResumeAsync(client, by, stop);
        await actions.Pause.AwaitWorkersAsync(client, isPaused: false, stop);
        var report = await new PausedReplay(actions.Replay).RunAsync(
            new ReplayTerms
            {
                Filter = PausedReplay.Of(client), By = by, Rate = parsed.GetValue(_rate),
                Timeout = parsed.GetValue(_wait),
            },
            to.Progress, stop);
        Write(to.Output, client, isChanged, report);
        var isAllSent = report.End == ReplayEnd.Complete
            && report.Messages.All(one => one.Outcome == ReplayOutcome.Sent);
        return isAllSent && (isChanged || report.Meant > 0) ? ExitCode.Well : ExitCode.Problem;
    }

    static void Write(CommandOutput output, string client, bool isChanged, ReplayReport report)
    {
        var sent = report.Messages.Count(one => one.Outcome == ReplayOutcome.Sent);
        output.Write(
            new
            {
                paused = false, client, changed = isChanged, sent, left = report.Meant - sent,
                report.End, report.Why,
            },
            text =>
            {
                text.Line(isChanged
                    ? $"Resumed: the workers decide requests of {client} again."
                    : $"Client {client} was not paused.");
                if (report.Meant > 0)
                {
                    QuarantineTables.Replay(text, report, PausedReplay.Of(client));
                }
            });
    }
}
