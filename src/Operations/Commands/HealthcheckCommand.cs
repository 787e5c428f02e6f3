using System.CommandLine;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Commands;

/// <summary>Asks the worker that runs on this machine, as a container engine does again and again.</summary>
static class HealthcheckCommand
{
    internal static OperatorCommand Create(CommandContext context)
    {
        var probe = new Argument<string>("probe") { Description = "live or ready" };
        probe.AcceptOnlyFromAmong("live", "ready");
        var command = new OperatorCommand(
            "healthcheck", "Ask the running worker on this machine; exit 0 when it is well",
            "reversal-worker healthcheck ready")
        {
            probe,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var health = WorkerConfiguration.ReadOnly(context.Configuration(), "Health").Health;
            var (isWell, document) = await HealthEndpoint.AskAsync(
                health.Address, health.Port, parsed.GetValue(probe)!, "worker", stop);
            new CommandOutput(context, parsed.GetValue(OperatorCommand.Json)).Write(
                document, text => text.Line(document["problem"] is { } problem
                    ? $"{document["status"]}: {problem}"
                    : $"{document["status"]}"));
            return isWell ? ExitCode.Well : ExitCode.Problem;
        });
    }
}
