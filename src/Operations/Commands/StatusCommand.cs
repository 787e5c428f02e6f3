using System.CommandLine;
using RabbitMQ.Client.Exceptions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>How everything is doing, once or again and again.</summary>
static class StatusCommand
{
    internal static OperatorCommand Create(CommandContext context)
    {
        var watch = new Option<bool>("--watch") { Description = "Show it every 2 seconds until Ctrl+C" };
        var command = new OperatorCommand(
            "status",
            "Show what is stalled and why, the queues, what waits in the outbox, what is quarantined, and " +
            "how fast things go. Exit 0 whether or not all is well; 3 when a server is down, after showing " +
            "what the other one knows",
            "reversal-worker status --watch")
        {
            watch,
        };
        return command.WithAction(context, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var query = new StatusQuery(database, context.Clock);
            if (!parsed.GetValue(watch))
            {
                return await ShowAsync(context, output, query, options, stop);
            }

            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), context.Clock);
            var code = ExitCode.Well;
            try
            {
                do
                {
                    if (context.IsScreen)
                    {
                        await context.Out.WriteAsync("\u001b[H\u001b[2J");
                    }

                    code = await ErrorHandler.ToExitCodeAsync(
                        context, () => ShowAsync(context, output, query, options, stop), stop);
                }
                while (await timer.WaitForNextTickAsync(stop));
            }
            catch (OperationCanceledException)
            {
                // Ctrl+C is how one ends it.
            }

            return code;
        });
    }

    static async Task<int> ShowAsync(
        CommandContext context, CommandOutput output, StatusQuery query, WorkerOptions options,
        CancellationToken stop)
    {
        var (queues, problem) = await QueuesAsync(options, stop);
        var status = await query.ReadAsync(stop);
        queues =
        [
            .. queues.Select(queue =>
                queue with { Unacknowledged = Stalls.Unacknowledged(status, queue.Name) }),
        ];
        var stalls = Stalls.Of(status);
        output.Write(
            new { status, queues, stalls, broker_problem = problem },
            text => Print(text, status, queues, stalls));
        if (problem is null)
        {
            return ExitCode.Well;
        }

        var since = status.Outbox.Min(one => one.OldestAt);
        await context.WriteErrorAsync(
            $"A server does not answer: RabbitMQ at {BrokerConnection.Address(options.Broker)}: {problem}" +
            (since is null ? "" : $". Events wait since {Format.At(since)}"));
        return ExitCode.ServerDown;
    }

    /// <summary>When the broker is away the database still tells its part.</summary>
    static async Task<(IReadOnlyList<QueueState> Queues, string? Problem)> QueuesAsync(
        WorkerOptions options, CancellationToken stop)
    {
        try
        {
            return (await BrokerQueues.ReadAsync(options, stop), null);
        }
        catch (Exception error) when (error is RabbitMQClientException or IOException)
        {
            return ([], BrokerConnection.Explain(error));
        }
    }

    static void Print(
        CommandOutput output, Status status, IReadOnlyList<QueueState> queues, IReadOnlyList<string> stalls)
    {
        foreach (var line in stalls.SelectMany(stall => Table.Wrap($"STALLED: {stall}", Table.Width)))
        {
            output.Line(line);
        }

        output.Table(
            ["queue", "ready", "unacknowledged", "consumers"],
            queues.Select(queue => (string?[])
            [
                queue.Name,
                queue.Ready is { } ready ? Format.Number(ready) : "no such queue: start a worker",
                queue.Unacknowledged is { } taken ? Format.Number(taken) : null,
                queue.Consumers is { } consumers ? Format.Number(consumers) : null,
            ]));
        output.Line();
        output.Table(
            ["outbox", "waiting", "oldest"],
            status.Outbox.Select(one => (string?[])
            [
                one.Kind, Format.Counted(one.Pending, StatusQuery.MostCounted),
                Format.Age(one.OldestAt, status.At),
            ]));
        output.Line();
        output.Table(
            ["quarantined for", "open", "oldest (UTC)", "newest (UTC)"],
            status.Quarantine.Select(one => (string?[])
                [one.Cause, Format.Number(one.Count), Format.At(one.OldestAt), Format.At(one.NewestAt)]));
        if (status.Dropped.Count > 0)
        {
            output.Line($"{Format.Number(status.Dropped.Count)} not kept for want of room, the last " +
                $"{Format.Age(status.Dropped.LastAt, status.At)} ago");
        }

        output.Line();
        output.Line(
            "Waiting for their payment: " +
            $"{Format.Counted(status.Pending.Waiting, StatusQuery.MostCounted)}, the oldest for " +
            $"{Format.Age(status.Pending.OldestAt, status.At)}");
        var rates = status.Rates;
        output.Line(
            $"Decided in the last minute: {Format.Number(rates.ReversedLastMinute)} reversed, " +
            $"{Format.Number(rates.RejectedLastMinute)} rejected; in the last " +
            $"{(rates.IsCapped ? Format.Age(rates.Since, status.At) : "5 min")}: " +
            $"{Format.Number(rates.Reversed)} and {Format.Number(rates.Rejected)}");
        output.Line($"At {Format.At(status.At)}");
    }
}
