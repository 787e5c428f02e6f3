using System.CommandLine;
using RabbitMQ.Client.Exceptions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>How everything is doing at a glance, once or again and again.</summary>
static class StatusVerb
{
    internal static Verb Create(Shell shell)
    {
        var watch = new Option<bool>("--watch") { Description = "Show it every 2 seconds until Ctrl+C" };
        var verb = new Verb(
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
            await using var database = Shell.Open(options);
            var board = new StatusBoard(database, shell.Clock);
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

                    code = await Failures.ToExitCodeAsync(
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
        Shell shell, Output output, StatusBoard board, WorkerOptions options, CancellationToken stop)
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
            (since is null ? "" : $". Events wait since {Asked.At(since)}"));
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
        Output output, Status status, IReadOnlyList<QueueState> queues, IReadOnlyList<string> stalls)
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
                queue.Ready is { } ready ? Asked.Number(ready) : "no such queue: start a worker",
                queue.Unacknowledged is { } taken ? Asked.Number(taken) : null,
                queue.Consumers is { } consumers ? Asked.Number(consumers) : null,
            ]));
        output.Line();
        output.Table(
            ["outbox", "waiting", "oldest"],
            status.Outbox.Select(one => (string?[])
                [one.Kind, Asked.Counted(one.Pending), Asked.Age(one.OldestAt, status.At)]));
        output.Line();
        output.Table(
            ["quarantined for", "open", "oldest (UTC)", "newest (UTC)"],
            status.Quarantine.Select(one => (string?[])
                [one.Cause, Asked.Number(one.Count), Asked.At(one.OldestAt), Asked.At(one.NewestAt)]));
        if (status.Dropped.Count > 0)
        {
            output.Line($"{Asked.Number(status.Dropped.Count)} not kept for want of room, the last " +
                $"{Asked.Age(status.Dropped.LastAt, status.At)} ago");
        }

        output.Line();
        output.Line(
            $"Waiting for their payment: {Asked.Counted(status.Pending.Waiting)}, the oldest for " +
            $"{Asked.Age(status.Pending.OldestAt, status.At)}");
        var rates = status.Rates;
        output.Line(
            $"Decided in the last minute: {Asked.Number(rates.ReversedLastMinute)} reversed, " +
            $"{Asked.Number(rates.RejectedLastMinute)} rejected; in the last " +
            $"{(rates.IsCapped ? Asked.Age(rates.Since, status.At) : "5 min")}: " +
            $"{Asked.Number(rates.Reversed)} and {Asked.Number(rates.Rejected)}");
        output.Line($"At {Asked.At(status.At)}");
    }
}
