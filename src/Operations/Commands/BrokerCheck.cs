using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>Whether RabbitMQ has everything that a worker needs.</summary>
static class BrokerCheck
{
    internal static async Task<Checked[]> RunAsync(WorkerOptions options, CancellationToken stop)
    {
        var address = BrokerConnection.Address(options.Broker);
        try
        {
            var items = await Topology.DiffAsync(options.Broker, stop);
            var queues = await BrokerQueues.ReadAsync(options, stop);
            var nodes = await SeenNode.LookAsync(options.Broker, stop);
            return
            [
                new("rabbitmq", ExitCode.Well, $"{address} answers"),
                .. nodes.Select(one => new Checked(
                    "node", one.Problem is null ? ExitCode.Well : ExitCode.Problem,
                    one.Problem ?? $"{one.Name} answers")),
                .. items.Where(one => one.Problem is not null).Select(one => new Checked(
                    $"{one.Sort} {one.Name}", ExitCode.Problem,
                    $"{one.Problem}. Expected: {one.Expected}. Start a worker, or: " +
                    "reversal-worker topology deploy")),
                .. Members(await QueueMembers.ReadAsync(options.Broker, stop)),
                .. SubscribersOf(await Subscribers.ReadAsync(options.Broker, stop)),
                Checked.Of(
                    "alarms",
                    await BrokerAlarm.ReadAsync(options.Broker, stop) is { } alarm
                        ? $"RabbitMQ takes no messages: {alarm}. Give it memory or disk, or have the " +
                            "longest queue read; everything follows by itself"
                        : null,
                    "none: messages are taken"),
                new("workers", ExitCode.Well, $"{queues[0].Consumers ?? 0} read {queues[0].Name}"),
            ];
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            return [new("rabbitmq", ExitCode.ServerDown, $"{address}: {BrokerConnection.Explain(error)}")];
        }
    }

    static IEnumerable<Checked> Members(MembersReport report) =>
    [
        .. report.Queues.Select(one => new Checked(
            $"members of {one.Name}", one.Problem is null ? ExitCode.Well : ExitCode.Problem,
            one.Problem ?? one.Text)),
        .. report.Problem is { } problem ? (Checked[])[new("members", ExitCode.Well, problem)] : [],
    ];

    static IEnumerable<Checked> SubscribersOf(SubscribersReport report) =>
    [
        .. report.Exchanges.Select(one => Checked.Of(
            $"subscribers of {one.Exchange}", one.Problem, string.Join(", ", one.Bound))),
        .. report.Problem is { } problem
            ? (Checked[])[new("subscribers", ExitCode.Well, problem)]
            : [],
    ];
}
