using System.CommandLine;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>What has to be there on the broker.</summary>
static class TopologyCommands
{
    internal static Command Create(CommandContext context) =>
        new("topology", "The exchanges and queues that have to be there on RabbitMQ")
        {
            Deploy(context), Diff(context),
        };

    static OperatorCommand Deploy(CommandContext context)
    {
        var command = new OperatorCommand(
            "deploy",
            "Make the exchanges, queues and bindings that are missing, ahead of the first worker. What is " +
            "there in another shape is reported and left as it is; exit 1 then",
            "reversal-worker topology deploy --yes")
        {
            OperatorCommand.Yes,
        };
        return command.WithAction(context, Needs.Broker, async (parsed, output, options, stop) =>
            !await context.ConfirmAsync(
                parsed.GetValue(OperatorCommand.Yes),
                $"Makes what is missing at {BrokerConnection.Address(options.Broker)}.")
                ? ExitCode.Usage
                : Tell(output, await Topology.DeployAsync(options.Broker, stop)));
    }

    static OperatorCommand Diff(CommandContext context) => new OperatorCommand(
        "diff",
        "Compare the exchanges and queues with what the worker expects, and show who is bound to the " +
        "events where the management plugin tells it; makes nothing. Exit 1 when something differs",
        "reversal-worker topology diff")
        .WithAction(context, Needs.Broker, async (_, output, options, stop) =>
            Tell(output,
            [
                .. await Topology.DiffAsync(options.Broker, stop),
                .. (await QueueMembers.ReadAsync(options.Broker, stop)).Queues.Select(one => new TopologyItem
                {
                    Sort = "members",
                    Name = one.Name,
                    Expected = $"{one.Expected} nodes",
                    Problem = one.Problem,
                }),
                .. (await Subscribers.ReadAsync(options.Broker, stop)).Exchanges
                    .Select(one => new TopologyItem
                {
                    Sort = "subscribers",
                    Name = one.Exchange,
                    Expected = one.Bound.Count == 0 ? "at least one" : string.Join(", ", one.Bound),
                    Problem = one.Problem,
                }),
            ]));

    static int Tell(CommandOutput output, IReadOnlyList<TopologyItem> items)
    {
        output.Write(items, text => text.Table(
            ["sort", "name", "expected", "problem"],
            items.Select(one => (string?[])[one.Sort, one.Name, one.Expected, one.Problem ?? "none"])));
        return items.All(one => one.Problem is null) ? ExitCode.Well : ExitCode.Problem;
    }
}
