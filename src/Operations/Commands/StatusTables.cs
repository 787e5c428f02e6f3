using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>The state of the whole as people read it.</summary>
static class StatusTables
{
    internal static void Print(
        CommandOutput output, Status? status, IReadOnlyList<QueueState> queues,
        (IReadOnlyList<string> Stalls, IReadOnlyList<string> Gone) workers)
    {
        foreach (var pause in status?.Pauses ?? [])
        {
            output.Paragraph($"PAUSED: {pause.Text}");
        }

        foreach (var stall in workers.Stalls)
        {
            output.Paragraph($"STALLED: {stall}");
        }

        foreach (var gone in workers.Gone)
        {
            output.Paragraph($"GONE: {gone}");
        }

        Queues(output, queues);
        if (status is not null)
        {
            output.Line();
            Waiting(output, status);
            output.Line();
            Rates(output, status);
        }
    }

    /// <summary>Of several servers each one, and who keeps the queues.</summary>
    internal static void Servers(
        CommandOutput output, IReadOnlyList<SeenServer> servers, MembersReport members)
    {
        foreach (var server in servers)
        {
            output.Paragraph($"PostgreSQL at {server.ProblemAmong(servers) ?? server.Text}");
        }

        foreach (var queue in members.Queues)
        {
            output.Paragraph($"{queue.Name}: {queue.Problem ?? queue.Text}");
        }

        if (members.Problem is { } problem)
        {
            output.Paragraph($"Members of the queues: {problem}");
        }
    }

    static void Queues(CommandOutput output, IReadOnlyList<QueueState> queues)
    {
        if (queues.Count == 0)
        {
            output.Line("Queues: not known, as RabbitMQ does not answer or has no address here.");
            return;
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
    }

    static void Waiting(CommandOutput output, Status status)
    {
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
            output.Paragraph($"{Format.Number(status.Dropped.Count)} not kept for want of room, the last " +
                $"{Format.Age(status.Dropped.LastAt, status.At)} ago");
        }

    }

    static void Rates(CommandOutput output, Status status)
    {
        output.Paragraph(
            "Waiting for their payment: " +
            $"{Format.Counted(status.Pending.Waiting, StatusQuery.MostCounted)}, the oldest for " +
            $"{Format.Age(status.Pending.OldestAt, status.At)}");
        var rates = status.Rates;
        output.Paragraph(
            $"Decided in the last minute: {Format.Number(rates.ReversedLastMinute)} reversed, " +
            $"{Format.Number(rates.RejectedLastMinute)} rejected; in the last " +
            $"{(rates.IsCapped ? Format.Age(rates.Since, status.At) : "5 min")}: " +
            $"{Format.Number(rates.Reversed)} and {Format.Number(rates.Rejected)}");
        output.Line($"At {Format.At(status.At)}");
    }
}
