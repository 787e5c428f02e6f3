using System.CommandLine;
using System.Globalization;
using Reversals.Contracts;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>Events that wait to be published, and those that are to be published once more.</summary>
static class OutboxCommands
{
    internal static Command Outbox(CommandContext shell) => new("outbox", "Events that wait to be published")
    {
        List(shell), Retry(shell),
    };

    internal static Command Event(CommandContext shell) => new("event", "Events that were stored") { Replay(shell) };

    static Option<string?> Kind()
    {
        var kind = new Option<string?>("--kind") { Description = "Only this kind of events" };
        kind.AcceptOnlyFromAmong(PaymentReversed.Kind, ReversalRejected.Kind);
        return kind;
    }

    static OperatorCommand List(CommandContext shell)
    {
        var (kind, limit) = (Kind(), SharedOptions.Limit(50, "Most rows to list"));
        var verb = new OperatorCommand(
            "list", "List what waits, oldest first: attempts, and until when nobody takes it",
            "reversal-worker outbox list --kind payment.reversal")
        {
            kind, limit,
        };
        return verb.Does(shell, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var mask = Redactor.For(options);
            var waiting = (await new OutboxAdmin(database).ListAsync(
                parsed.GetValue(kind), parsed.GetValue(limit), stop)).ConvertAll(mask.Of);
            output.Write(waiting, text => text.Table(
                ["row", "event_id", "reference_id", "reason", "waits since (UTC)", "tries", "held"],
                waiting.Select(one => (string?[])
                [
                    one.Id.ToString(CultureInfo.InvariantCulture), one.EventId.ToString(), one.ReferenceId,
                    one.Reason, SharedOptions.At(one.EnqueuedAt), SharedOptions.Number(one.Attempts),
                    one.HeldUntil is null ? "no" : one.IsLeased ? "by a worker"
                        : $"rests until {SharedOptions.At(one.HeldUntil.Value)}",
                ])));
            return ExitCode.Well;
        });
    }

    static OperatorCommand Retry(CommandContext shell)
    {
        var ids = SharedOptions.Rows(
            "row", "Rows, as list shows them; all when none is given", ArgumentArity.ZeroOrMore);
        var kind = Kind();
        var leased = new Option<bool>("--leased")
        {
            Description = "Those too that a worker has at hand; if it is alive they are published twice",
        };
        var note = SharedOptions.Note();
        var verb = new OperatorCommand(
            "retry",
            "Let events that are held be published now: they rest after a failed attempt, or a worker that " +
            "died " +
            "had them at hand. Order within a bill stays",
            "reversal-worker outbox retry --leased --note 'worker 2 was killed'")
        {
            ids, kind, leased, note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return verb.Does(shell, async (parsed, output, options, stop) =>
        {
            if (!await shell.MayAsync(parsed.GetValue(OperatorCommand.Yes), "Lets held events be published now."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var released = await new OutboxAdmin(database).ReleaseAsync(
                parsed.GetValue(kind), parsed.GetValue(ids) is { Length: > 0 } some ? some : null,
                parsed.GetValue(leased), OperatorCommand.By(parsed, parsed.GetValue(note)), stop);
            output.Write(new { released }, text => text.Line($"Released {SharedOptions.Number(released)}."));
            return ExitCode.Well;
        });
    }

    static OperatorCommand Replay(CommandContext shell)
    {
        var ids = SharedOptions.Events("event_id", "Events, by their ids");
        var note = SharedOptions.Note();
        var verb = new OperatorCommand(
            "replay",
            "Publish stored events once more: the same bytes and event_id, with the header Replayed. Exit " +
            "1 when " +
            "one is not known",
            "reversal-worker event replay 01a209a6-f224-733d-addc-b8f24dae001b --note 'lost by the ledger'")
        {
            ids, note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return verb.Does(shell, async (parsed, output, options, stop) =>
        {
            var wanted = parsed.GetValue(ids)!.Distinct().ToArray();
            if (!await shell.MayAsync(parsed.GetValue(OperatorCommand.Yes), $"Publishes {wanted.Length} events again."))
            {
                return ExitCode.Usage;
            }

            await using var database = CommandContext.Open(options);
            var replayed = await new OutboxAdmin(database).PublishAgainAsync(
                wanted, OperatorCommand.By(parsed, parsed.GetValue(note)), stop);
            var unknown = wanted.Except(replayed).ToList();
            output.Write(new { replayed, unknown }, text =>
            {
                text.Line($"{SharedOptions.Number(replayed.Count)} on their way to be published again.");
                unknown.ForEach(id => text.Line($"Nothing known of event {id}."));
            });
            return unknown.Count == 0 ? ExitCode.Well : ExitCode.Problem;
        });
    }
}
