using System.CommandLine;
using System.CommandLine.Invocation;
using Reversals.Operations.Demo;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Commands;

/// <summary>All verbs, in the order in which one needs them.</summary>
static class WorkerCommands
{
    const string WorkerVerb = "run";

    /// <summary>How long the process may take to end once its host has stopped.</summary>
    static readonly TimeSpan EndOfProcess = TimeSpan.FromSeconds(5);

    internal static async Task<int> RunAsync(
        string[] arguments, CommandContext shell, CancellationToken stop = default)
    {
        try
        {
            var parsed = Create(shell).Parse(arguments, Usage.Parsing);
            if (Usage.Problems(parsed).ToList() is { Count: > 0 } problems)
            {
                await shell.ComplainAsync(string.Join('\n', problems));
                return ExitCode.Usage;
            }

            var invocation = new InvocationConfiguration
            {
                Output = shell.Out, Error = shell.Error, EnableDefaultExceptionHandler = false,
            };
            if (parsed.CommandResult.Command is RootCommand or OperatorCommand { Name: WorkerVerb })
            {
                // By default the process ends two seconds after SIGTERM, whatever is still to be finished.
                // The worker ends by itself, and in time.
                invocation.ProcessTerminationTimeout = StopTimeouts.Host + EndOfProcess;
            }

            var code = await parsed.InvokeAsync(invocation, stop);
            return parsed.Action is ParseErrorAction ? ExitCode.Usage : code;
        }
        catch (Exception error)
        {
            await shell.ComplainAsync(ErrorHandler.NotForeseen(error));
            return ExitCode.Problem;
        }
    }

    internal static RootCommand Create(CommandContext shell)
    {
        var root = new RootCommand(
            "Reversal worker: signed ReversalRequested in, committed reversal and PaymentReversed out. " +
            "Exit codes: " +
            "0 well, 1 a problem, 2 wrong usage or settings, 3 a server is down (which one is told)")
        {
            Run(shell), MigrateCommand.Create(shell), CheckCommand.Create(shell), TopologyCommands.Create(shell),
            HealthcheckCommand.Create(shell), StatusCommand.Create(shell), ShowCommand.Create(shell),
            QuarantineCommands.Create(shell), OutboxCommands.Outbox(shell), OutboxCommands.Event(shell),
            ReconcileCommand.Create(shell), SignatureCommands.Sign(shell), SignatureCommands.Verify(shell),
            DemoVerb(shell), OperatorCommand.Json,
        };
        root.SetAction((_, stop) => ErrorHandler.ToExitCodeAsync(shell, () => shell.RunWorkerAsync(stop), stop));
        HelpWithExample.AddTo(root);
        return root;
    }

    static OperatorCommand Run(CommandContext shell) =>
        new OperatorCommand(
            WorkerVerb, "Read, apply and answer requests until SIGTERM (the default)", "reversal-worker run")
            .Does(shell, (_, stop) => shell.RunWorkerAsync(stop));

    static OperatorCommand DemoVerb(CommandContext shell) =>
        new OperatorCommand(
            "demo", "Seed the page's example bill, publish its request signed, print the event",
            "reversal-worker demo")
            .Does(shell, (_, stop) => Demonstration.RunAsync(shell.Options(), stop));
}
