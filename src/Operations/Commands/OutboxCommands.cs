using System.CommandLine;
using System.Globalization;
using Reversals.Contracts;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>Events that wait to be published.</summary>
static class OutboxCommands
{
    internal static Command Outbox(CommandContext context) =>
        new("outbox", "Events that wait to be published")
        {
            List(context), Retry(context),
        };

    internal static Option<string?> Kind()
    {
        var kind = new Option<string?>("--kind") { Description = "Only this kind of events" };
        kind.AcceptOnlyFromAmong(PaymentReversed.Kind, ReversalRejected.Kind);
        return kind;
    }

    static OperatorCommand List(CommandContext context)
    {
        var (kind, limit) = (Kind(), SharedOptions.Limit(50, "Most rows to list"));
        var command = new OperatorCommand(
            "list", "List what waits, oldest first, with its attempts and its next try",
            "reversal-worker outbox list --kind payment.reversal")
        {
            kind, limit,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var redactor = Redactor.For(options);
            var waiting = (await new OutboxQuery(database).ListAsync(
                parsed.GetValue(kind), parsed.GetValue(limit), stop)).ConvertAll(redactor.Of);
            output.Write(waiting, text => text.Table(
                ["row", "event_id", "reference_id", "reason", "waits since (UTC)", "tries", "held"],
                waiting.Select(one => (string?[])
                [
                    one.Id.ToString(CultureInfo.InvariantCulture), one.EventId.ToString(), one.ReferenceId,
                    one.Reason, Format.At(one.EnqueuedAt), Format.Number(one.Attempts),
                    one.HeldUntil is null ? "no" : one.IsLeased ? "by a worker"
                        : $"next try {Format.At(one.HeldUntil.Value)}",
                ])));
            return ExitCode.Well;
        });
    }

    static OperatorCommand Retry(CommandContext context)
    {
        var ids = SharedOptions.Rows(
            "row", "Rows, as list shows them; all when none is given", ArgumentArity.ZeroOrMore);
        var kind = Kind();
        var leased = new Option<bool>("--leased")
        {
            Description = "Also those that a worker has claimed; they come twice if that worker lives",
        };
        var note = SharedOptions.Note();
        var command = new OperatorCommand(
            "retry",
            "Publish waiting events now: those that wait after a failed attempt, and with --leased those " +
            "that a dead worker had claimed. Order within a bill stays",
            "reversal-worker outbox retry --leased --note 'worker 2 was killed'")
        {
            ids, kind, leased, note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            if (!await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes), "Lets events that wait be published now."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var released = await new OutboxAdmin(database).ReleaseAsync(
                parsed.GetValue(kind), parsed.GetValue(ids) is { Length: > 0 } some ? some : null,
                parsed.GetValue(leased), OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop);
            output.Write(new { released }, text => text.Line($"Released {Format.Number(released)}."));
            return ExitCode.Well;
        });
    }
}
