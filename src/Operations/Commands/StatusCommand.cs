using System.CommandLine;
using RabbitMQ.Client.Exceptions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>How everything is doing at a glance, once or again and again.</summary>
static class StatusCommand
{
    internal static OperatorCommand Create(CommandContext shell)
    {
        var watch = new Option<bool>("--watch") { Description = "Show it every 2 seconds until Ctrl+C" };
        var verb = new OperatorCommand(
            "status",
            "Show what is stalled and why, the queues, what waits in the outbox, what is quarantined, and " +
            "how fast things go. Exit 0 whether or not all is well; 3 when a server is down, after showing " +
            "what the other one knows",
            "reversal-worker status --watch")
        {
            watch,
        };
        return verb.Does(shell, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var board = new StatusQuery(database, shell.Clock);
            if (!parsed.GetValue(watch))
            {
                return await ShowAsync(shell, output, board, options, stop);
            }

            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), shell.Clock);
            var code = ExitCode.Well;
            try
            {
                do
                {
                    if (shell.IsScreen)
                    {
                        await shell.Out.WriteAsync("\u001b[H\u001b[2J");
                    }

                    code = await ErrorHandler.ToExitCodeAsync(
                        shell, () => ShowAsync(shell, output, board, options, stop), stop);
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
        CommandContext shell, CommandOutput output, StatusQuery board, WorkerOptions options, CancellationToken stop)
    {
        var (queues, problem) = await QueuesAsync(options, stop);
        var status = await board.ReadAsync(stop);
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
        await shell.ComplainAsync(
            $"A server does not answer: RabbitMQ at {BrokerConnection.Address(options.Broker)}: {problem}" +
            (since is null ? "" : $". Events wait since {SharedOptions.At(since)}"));
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
                queue.Ready is { } ready ? SharedOptions.Number(ready) : "no such queue: start a worker",
                queue.Unacknowledged is { } taken ? SharedOptions.Number(taken) : null,
                queue.Consumers is { } consumers ? SharedOptions.Number(consumers) : null,
            ]));
        output.Line();
        output.Table(
            ["outbox", "waiting", "oldest"],
            status.Outbox.Select(one => (string?[])
                [one.Kind, SharedOptions.Counted(one.Pending), SharedOptions.Age(one.OldestAt, status.At)]));
        output.Line();
        output.Table(
            ["quarantined for", "open", "oldest (UTC)", "newest (UTC)"],
            status.Quarantine.Select(one => (string?[])
                [one.Cause, SharedOptions.Number(one.Count), SharedOptions.At(one.OldestAt), SharedOptions.At(one.NewestAt)]));
        if (status.Dropped.Count > 0)
        {
            output.Line($"{SharedOptions.Number(status.Dropped.Count)} not kept for want of room, the last " +
                $"{SharedOptions.Age(status.Dropped.LastAt, status.At)} ago");
        }

        output.Line();
        output.Line(
            $"Waiting for their payment: {SharedOptions.Counted(status.Pending.Waiting)}, the oldest for " +
            $"{SharedOptions.Age(status.Pending.OldestAt, status.At)}");
        var rates = status.Rates;
        output.Line(
            $"Decided in the last minute: {SharedOptions.Number(rates.ReversedLastMinute)} reversed, " +
            $"{SharedOptions.Number(rates.RejectedLastMinute)} rejected; in the last " +
            $"{(rates.IsCapped ? SharedOptions.Age(rates.Since, status.At) : "5 min")}: " +
            $"{SharedOptions.Number(rates.Reversed)} and {SharedOptions.Number(rates.Rejected)}");
        output.Line($"At {SharedOptions.At(status.At)}");
    }
}
