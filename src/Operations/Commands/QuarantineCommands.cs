using System.CommandLine;
using System.Text.Json;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>Messages that were not processed: look at them, bring them back, put them away.</summary>
static class QuarantineCommands
{
    internal static Command Create(CommandContext context) =>
        new("quarantine", "Messages that were not processed: look at them, bring them back, put them away")
        {
            List(context), Show(context), Replay(context), Discard(context),
        };

    static OperatorCommand List(CommandContext context)
    {
        var filter = new QuarantineFilterOptions(context);
        var all = new Option<bool>("--all") { Description = "Also those that somebody dealt with" };
        var limit = SharedOptions.Limit(50, "Most rows to list");
        var command = new OperatorCommand(
            "list", "List what is open, newest first, and count it by cause",
            "reversal-worker quarantine list --cause SIGNATURE_INVALID --since 2h")
        {
            filter.Cause, filter.Since, filter.Client, all, limit,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var query = new QuarantineQuery(database);
            var wanted = filter.Of(parsed) with { All = parsed.GetValue(all) };
            var causes = await query.CausesAsync(stop);
            var found = await query.ListAsync(wanted, parsed.GetValue(limit), before: null, stop);
            var page = found with { Entries = [.. found.Entries.Select(Redactor.For(options).Of)] };
            output.Write(
                new { causes, page.Total, page.Entries },
                text => QuarantineTables.List(text, causes, page));
            return ExitCode.Well;
        });
    }

    static OperatorCommand Show(CommandContext context)
    {
        var ids = SharedOptions.Rows("id", "The row's id, as list shows it", ArgumentArity.ExactlyOne);
        var command = new OperatorCommand(
            "show",
            "Show one message: cause, headers and body, without what is secret or about a customer. " +
            "Exit 1 when there is none",
            "reversal-worker quarantine show 17")
        {
            ids,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var id = parsed.GetValue(ids)!.Single();
            if (await new QuarantineQuery(database).FindAsync(id, stop) is not { } stored)
            {
                await context.WriteErrorAsync(
                    $"The quarantine has no row {id}. See: reversal-worker quarantine list --all");
                return ExitCode.Problem;
            }

            var redactor = Redactor.For(options);
            var found = redactor.Of(stored);
            var (headers, body) = (redactor.Headers(stored.Headers), redactor.Body(stored.Body));
            output.Write(
                new
                {
                    found.Id, found.Cause, found.Detail, meaning = ReasonDescriptions.Of(found.Cause),
                    found.ClientId,
                    found.Signature, found.SentAt, found.ReceivedAt, found.Times, found.LastReceivedAt,
                    found.Size, found.BodySha256, found.Resolution,
                    found.ResolvedAt, found.ResolvedBy, found.ResolutionNote,
                    headers = JsonElement.Parse(headers), body,
                },
                text => QuarantineTables.One(text, found, headers, body));
            return ExitCode.Well;
        });
    }

    static OperatorCommand Replay(CommandContext context)
    {
        var filter = new QuarantineFilterOptions(context, withIds: true);
        var limit = SharedOptions.Limit(1_000_000, "Most messages to send");
        var dryRun = new Option<bool>("--dry-run") { Description = "Only tell what would happen" };
        var note = SharedOptions.Note("Why; kept with the rows and in the audit");
        var command = new OperatorCommand(
            "replay",
            "Send messages to the worker again: the exact bytes, headers and signature they came with, and " +
            "only those that this signature proves under the keys of now. What was applied before stays as " +
            "it is. Exit 1 when some were left behind",
            "reversal-worker quarantine replay --cause SIGNATURE_INVALID --dry-run")
        {
            filter.Ids, filter.Cause, filter.Since, filter.Client, limit, dryRun, note,
            OperatorCommand.As, OperatorCommand.Yes,
        };
        filter.MustNarrow(command);
        return command.WithAction(context, Needs.ServersAndKeys, async (parsed, output, options, stop) =>
        {
            var wanted = filter.Of(parsed);
            var dry = parsed.GetValue(dryRun);
            if (!dry && !await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes),
                $"Sends open messages of the quarantine again: {wanted}."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var sent = 0;
            var progress = new SynchronousProgress<IReadOnlyList<ReplayedMessage>>(
                done => output.Progress($"looked at {sent += done.Count} …"));
            var redactor = Redactor.For(options);
            var all = await new QuarantineReplay(database, options).RunAsync(
                wanted, parsed.GetValue(limit), dry,
                OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), progress, stop);
            IReadOnlyList<ReplayedMessage> replayed = [.. all.Select(one => one.Redacted(redactor))];
            var left = Count(replayed, ReplayOutcome.StillRefused)
                + Count(replayed, ReplayOutcome.NotConfirmed);
            output.Write(
                new
                {
                    sent = Count(replayed, ReplayOutcome.Sent),
                    would_be_sent = Count(replayed, ReplayOutcome.WouldBeSent),
                    still_refused = Count(replayed, ReplayOutcome.StillRefused),
                    already_applied = Count(replayed, ReplayOutcome.AlreadyApplied),
                    not_confirmed = Count(replayed, ReplayOutcome.NotConfirmed),
                    messages = replayed,
                },
                text => QuarantineTables.Replay(text, replayed, wanted));
            var missing = await MissingAsync(
                context, new QuarantineQuery(database), wanted, replayed, stop);
            return left + missing == 0 ? ExitCode.Well : ExitCode.Problem;
        });
    }

    static OperatorCommand Discard(CommandContext context)
    {
        var filter = new QuarantineFilterOptions(context, withIds: true);
        var note = SharedOptions.Note("Why; kept with the rows");
        note.Required = true;
        var command = new OperatorCommand(
            "discard", "Mark open messages as dealt with. The rows stay; they are no longer listed as open",
            "reversal-worker quarantine discard 17 18 --note 'test traffic of acme, agreed by phone'")
        {
            filter.Ids, filter.Cause, filter.Since, filter.Client, note,
            OperatorCommand.As, OperatorCommand.Yes,
        };
        filter.MustNarrow(command);
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            var wanted = filter.Of(parsed);
            if (!await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes), $"Discards open messages of the quarantine: {wanted}."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var discarded = await new QuarantineAdmin(database).DiscardAsync(
                wanted, OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop);
            output.Write(new { discarded }, text => text.Line($"Discarded {Format.Number(discarded)}."));
            return wanted.Ids is { } ids && discarded < ids.Count ? ExitCode.Problem : ExitCode.Well;
        });
    }

    /// <summary>Rows that were asked for by id and are not open: says what became of them.</summary>
    static async Task<int> MissingAsync(
        CommandContext context, QuarantineQuery query, QuarantineFilter wanted,
        IReadOnlyList<ReplayedMessage> replayed, CancellationToken stop)
    {
        var unknown = 0;
        foreach (var id in (wanted.Ids ?? []).Except(replayed.Select(one => one.Id)))
        {
            var found = await query.FindAsync(id, stop);
            unknown += found is null ? 1 : 0;
            await context.WriteErrorAsync(
                found is null ? $"The quarantine has no row {id}."
                : found.Resolution is null
                    ? $"Row {id} does not fit the other filters, or somebody else is dealing with it."
                : $"Row {id} was {found.Resolution} by {found.ResolvedBy} at " +
                    $"{Format.At(found.ResolvedAt)}: nothing was changed.");
        }

        return unknown;
    }

    static int Count(IReadOnlyList<ReplayedMessage> replayed, ReplayOutcome outcome) =>
        replayed.Count(one => one.Outcome == outcome);
}
