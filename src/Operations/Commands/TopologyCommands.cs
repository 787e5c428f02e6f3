using System.CommandLine;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>What has to be there on the broker.</summary>
static class TopologyCommands
{
    internal static Command Create(CommandContext shell) =>
        new("topology", "The exchanges and queues that have to be there on RabbitMQ")
        {
            Deploy(shell), Diff(shell),
        };

    static OperatorCommand Deploy(CommandContext shell)
    {
        var verb = new OperatorCommand(
            "deploy",
            "Make the exchanges, queues and bindings that are missing, ahead of the first worker. What is " +
            "there " +
            "in another shape is told and left. Exit 1 then",
            "reversal-worker topology deploy --yes")
        {
            OperatorCommand.Yes,
        };
        return verb.Does(shell, async (parsed, output, options, stop) =>
            !await shell.MayAsync(
                parsed.GetValue(OperatorCommand.Yes),
                $"Makes what is missing at {BrokerConnection.Address(options.Broker)}.")
                ? ExitCode.Usage
                : Tell(output, await Topology.DeployAsync(options.Broker, stop)));
    }

    static OperatorCommand Diff(CommandContext shell) => new OperatorCommand(
        "diff",
        "Compare the exchanges and queues with what the worker expects; makes nothing, cannot see " +
        "bindings. " +
        "Exit 1 when something differs",
        "reversal-worker topology diff")
        .Does(shell, async (_, output, options, stop) =>
            Tell(output, await Topology.DiffAsync(options.Broker, stop)));

    static int Tell(CommandOutput output, IReadOnlyList<TopologyItem> items)
    {
        output.Write(items, text => text.Table(
            ["sort", "name", "expected", "problem"],
            items.Select(one => (string?[])[one.Sort, one.Name, one.Expected, one.Problem ?? "none"])));
        return items.All(one => one.Problem is null) ? ExitCode.Well : ExitCode.Problem;
    }
}
