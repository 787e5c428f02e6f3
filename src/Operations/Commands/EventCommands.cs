using System.CommandLine;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>Stored events: list them, and have them published once more.</summary>
static class EventCommands
{
    internal static Command Create(CommandContext context) =>
        new("event", "Events that were stored") { List(context), Replay(context) };

    static OperatorCommand List(CommandContext context)
    {
        var filter = new EventFilterOptions(context);
        var limit = SharedOptions.Limit(50, "Most events to list");
        var command = new OperatorCommand(
            "list", "List stored events, newest first, and count them by kind",
            "reversal-worker event list --since 2h --client acme")
        {
            filter.Since, filter.Until, filter.Client, filter.Kind, limit,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var redactor = Redactor.For(options);
            var query = new EventQuery(database);
            var wanted = filter.Range(parsed);
            var counts = await query.CountAsync(wanted, stop);
            var events = (await query.ListAsync(wanted, parsed.GetValue(limit), stop))
                .ConvertAll(redactor.Of);
            output.Write(new { total = counts.Sum(one => one.Count), counts, events }, text =>
            {
                Counts(text, counts);
                text.Line();
                text.Table(
                    ["event_id", "time (UTC)", "client", "reference_id", "payment_ref", "reason"],
                    events.Select(one => (string?[])
                    [
                        one.EventId.ToString(), Format.At(one.OccurredAt), one.ClientId, one.ReferenceId,
                        one.PaymentRef, one.Reason,
                    ]));
            });
            return ExitCode.Well;
        });
    }

    static OperatorCommand Replay(CommandContext context)
    {
        var filter = new EventFilterOptions(context);
        var queue = new Option<string?>("--to-queue")
        {
            Description = "To this queue alone; its neighbours hear nothing. Every subscriber when not given",
        };
        const int longest = 255;
        Usage.AtMost(longest, queue);
        var dryRun = new Option<bool>("--dry-run") { Description = "Only tell how many are meant" };
        var note = SharedOptions.Note();
        var command = new OperatorCommand(
            "replay",
            "Publish stored events once more: the same bytes and event_id, with the header Replayed. " +
            "By their ids, or all of a time. With --to-queue it needs RabbitMQ too, and the key that signs " +
            "events if there is one. Exit 1 when one is not known or was not taken",
            "reversal-worker event replay --since 2026-01-31T08:00+07:00 --until 2026-01-31T09:00+07:00 " +
            "--client acme --to-queue ledger-events --dry-run")
        {
            filter.Ids, filter.Since, filter.Until, filter.Client, filter.Kind, queue, dryRun, note,
            OperatorCommand.As, OperatorCommand.Yes,
        };
        filter.MustNarrow(command);
        return command.WithAction(context, async (parsed, stop) =>
        {
            var to = parsed.GetValue(queue);
            var options = context.Options(to is null ? Needs.Database : Needs.ServersAndEvents);
            var output = new CommandOutput(context, parsed.GetValue(OperatorCommand.Json));
            await using var database = CommandContext.Open(options);
            var wanted = filter.Of(parsed);
            var counts = await new EventQuery(database).CountAsync(wanted, stop);
            if (parsed.GetValue(dryRun))
            {
                output.Write(
                    new { would_be_published = counts.Sum(one => one.Count), counts },
                    text => Counts(text, counts));
                return ExitCode.Well;
            }

            var all = Format.Number(counts.Sum(one => one.Count));
            return await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes),
                $"Publishes {all} events again, to {(to is null ? "every subscriber" : "the queue " + to)}.")
                ? await RunAsync(
                    options, database, output, wanted, to,
                    OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), stop)
                : ExitCode.Usage;
        });
    }

    static async Task<int> RunAsync(
        WorkerOptions options, PostgresServers database, CommandOutput output, EventFilter wanted,
        string? queue, Operator by, CancellationToken stop)
    {
        if (queue is null && wanted.Ids is { } ids)
        {
            return await ByIdAsync(database, output, ids, by, stop);
        }

        var replay = new EventReplay(database);
        var progress = new SynchronousProgress<long>(done => output.Progress($"published {done} …"));
        EventReplayed result;
        if (queue is null)
        {
            result = await replay.ToAllAsync(wanted, by, progress, stop);
        }
        else
        {
            await using var publisher = await QueuePublisher.ConnectAsync(options, queue, stop);
            result = await replay.ToQueueAsync(wanted, publisher, queue, by, progress, stop);
        }

        var missing = wanted.Ids is null ? 0 : wanted.Ids.Count - result.Published;
        output.Write(new { result.Published, result.EndedAt, result.Problem }, text =>
        {
            text.Line(queue is null
                ? $"{Format.Number(result.Published)} on their way to be published again."
                : $"Published {Format.Number(result.Published)} to the queue {queue}.");
            if (result is { Published: 0, Problem: null })
            {
                text.Line($"There is no event of: {wanted}.");
            }

            if (result.EndedAt is { } at)
            {
                text.Line($"Ended early: {result.Problem}.");
                text.Line($"Go on with --since {at:yyyy-MM-ddTHH:mm:ss.FFFFFFZ}");
            }
        });
        return result.Problem is null && missing == 0 ? ExitCode.Well : ExitCode.Problem;
    }

    static async Task<int> ByIdAsync(
        PostgresServers database, CommandOutput output, IReadOnlyList<Guid> wanted, Operator by,
        CancellationToken stop)
    {
        var replayed = await new OutboxAdmin(database).PublishAgainAsync(wanted, by, stop);
        var unknown = wanted.Except(replayed).ToList();
        output.Write(new { replayed, unknown }, text =>
        {
            text.Line($"{Format.Number(replayed.Count)} on their way to be published again.");
            unknown.ForEach(id => text.Line($"Nothing known of event {id}."));
        });
        return unknown.Count == 0 ? ExitCode.Well : ExitCode.Problem;
    }

    static void Counts(CommandOutput text, IReadOnlyList<EventCount> counts) => text.Table(
        ["kind", "events", "first (UTC)", "last (UTC)"],
        counts.Select(one => (string?[])
            [one.Kind, Format.Number(one.Count), Format.At(one.First), Format.At(one.Last)]));
}
