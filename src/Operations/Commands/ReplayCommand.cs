using System.CommandLine;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>Sends messages of the quarantine to the worker again.</summary>
sealed class ReplayCommand
{
    readonly CommandContext _context;
    readonly QuarantineFilterOptions _filter;
    readonly Option<int> _limit = SharedOptions.Limit(1_000_000, "Most messages to send");
    readonly Option<int?> _rate = SharedOptions.Rate();
    readonly Option<TimeSpan> _wait = SharedOptions.Wait(
        ReplayTerms.UsualTimeout, "How long the workers may take to decide a portion");

    readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Only tell what would happen, and of each message what the worker would decide",
    };

    readonly Option<string?> _note = SharedOptions.Note("Why; kept with the rows and in the audit");

    ReplayCommand(CommandContext context) =>
        (_context, _filter) = (context, new QuarantineFilterOptions(context, withIds: true));

    internal static OperatorCommand Create(CommandContext context) => new ReplayCommand(context).Create();

    OperatorCommand Create()
    {
        var command = new OperatorCommand(
            "replay",
            "Send messages to the worker again: the exact bytes, headers and signature they came with, and " +
            "only those that this signature proves under the keys of now. What was applied before stays as " +
            "it is, and what is quarantined after it began is left out. First 1 is sent, then 10, then " +
            "100; when most of them are quarantined again, or the workers decide nothing, the rest is not " +
            "sent. Exit 1 when some were left behind or came back",
            "reversal-worker quarantine replay --cause SIGNATURE_INVALID --dry-run")
        {
            _filter.Ids, _filter.Cause, _filter.Since, _filter.Client, _limit, _rate, _wait, _dryRun, _note,
            OperatorCommand.As, OperatorCommand.Yes,
        };
        _filter.MustNarrow(command);
        return command.WithAction(_context, Needs.ServersAndKeys, RunAsync);
    }

    async Task<int> RunAsync(
        ParseResult parsed, CommandOutput output, WorkerOptions options, CancellationToken stop)
    {
        var terms = new ReplayTerms
        {
            Filter = _filter.Of(parsed),
            By = OperatorCommand.OperatorOf(parsed, parsed.GetValue(_note)),
            Limit = parsed.GetValue(_limit),
            IsDry = parsed.GetValue(_dryRun),
            Rate = parsed.GetValue(_rate),
            Timeout = parsed.GetValue(_wait),
        };
        await using var database = CommandContext.Open(options);
        var replay = new QuarantineReplay(database, options, _context.Clock);
        if (!terms.IsDry && !await AskAsync(replay, terms, parsed.GetValue(OperatorCommand.Yes), stop))
        {
            return ExitCode.Usage;
        }

        var (looked, sent) = (0, 0);
        var progress = new SynchronousProgress<IReadOnlyList<ReplayedMessage>>(done =>
        {
            (looked, sent) = (looked + done.Count, sent + done.Count(one => one.IsSent));
            output.Progress($"looked at {looked}, sent {sent} …");
        });
        var report = await replay.RunAsync(terms, progress, stop);
        var redactor = Redactor.For(options);
        Write(output, terms, report with
        {
            Messages = [.. report.Messages.Select(one => one.Redacted(redactor))],
        });
        var isWell = report.Messages.All(one => one.Outcome is ReplayOutcome.Sent
            or ReplayOutcome.WouldBeSent or ReplayOutcome.AlreadyApplied);
        var missing = await MissingAsync(
            new QuarantineQuery(database), terms.Filter, report.Messages, stop);
        return isWell && missing == 0 && report.IsWhole ? ExitCode.Well : ExitCode.Problem;
    }

    /// <summary>Nothing is asked that --yes answers; else it is said how many are meant.</summary>
    async Task<bool> AskAsync(
        QuarantineReplay replay, ReplayTerms terms, bool yes, CancellationToken stop)
    {
        var count = yes || !_context.CanAsk
            ? ""
            : $"{Format.Number(Math.Min((await replay.BoundAsync(terms.Filter, stop)).Count, terms.Limit))} ";
        return await _context.ConfirmAsync(
            yes, $"Sends {count}open messages of the quarantine again: {terms.Filter}.");
    }

    static void Write(CommandOutput output, ReplayTerms terms, ReplayReport report)
    {
        int Count(ReplayOutcome outcome) => report.Messages.Count(one => one.Outcome == outcome);
        output.Write(
            new
            {
                sent = Count(ReplayOutcome.Sent) + Count(ReplayOutcome.CameBack),
                came_back = Count(ReplayOutcome.CameBack),
                would_be_sent = Count(ReplayOutcome.WouldBeSent),
                still_refused = Count(ReplayOutcome.StillRefused),
                already_applied = Count(ReplayOutcome.AlreadyApplied),
                not_confirmed = Count(ReplayOutcome.NotConfirmed),
                meant = report.Meant,
                report.End,
                report.Why,
                messages = report.Messages,
            },
            text => QuarantineTables.Replay(text, report, terms.Filter));
    }

    /// <summary>Rows that were asked for by id and are not open: says what became of them.</summary>
    async Task<int> MissingAsync(
        QuarantineQuery query, QuarantineFilter wanted, IReadOnlyList<ReplayedMessage> replayed,
        CancellationToken stop)
    {
        var unknown = 0;
        foreach (var id in (wanted.Ids ?? []).Except(replayed.Select(one => one.Id)))
        {
            var found = await query.FindAsync(id, stop);
            unknown += found is null ? 1 : 0;
            await _context.WriteErrorAsync(
                found is null ? $"The quarantine has no row {id}."
                : found.Resolution is null
                    ? $"Row {id} does not fit the other filters, or somebody else is dealing with it."
                : $"Row {id} was {found.Resolution} by {found.ResolvedBy} at " +
                    $"{Format.At(found.ResolvedAt)}: nothing was changed.");
        }

        return unknown;
    }
}
