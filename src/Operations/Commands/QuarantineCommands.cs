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
            List(context), Show(context), ReplayCommand.Create(context), Discard(context),
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
                    found.ResolvedAt, found.ResolvedBy, found.ResolutionNote, found.AnonymisedAt,
                    headers = JsonElement.Parse(headers), body,
                },
                text => QuarantineTables.One(text, found, headers, body));
            return ExitCode.Well;
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
}
