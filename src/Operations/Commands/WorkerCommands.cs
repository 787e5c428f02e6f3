using System.CommandLine;
using System.CommandLine.Invocation;
using Reversals.Operations.Demo;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Commands;

/// <summary>All commands, in the order in which an operator needs them.</summary>
static class WorkerCommands
{
    const string RunName = "run";

    /// <summary>How long the process may take to end once its host has stopped.</summary>
    static readonly TimeSpan EndOfProcess = TimeSpan.FromSeconds(5);

    internal static Task<int> RunAsync(
        string[] arguments, CommandContext context, CancellationToken stop = default) =>
        RunAsync(Create(context), arguments, context, stop);

    /// <param name="root">All commands, made for that context.</param>
    /// <param name="arguments">What was asked for.</param>
    /// <param name="context">Settings and terminal.</param>
    /// <param name="stop">Ends what runs.</param>
    internal static async Task<int> RunAsync(
        RootCommand root, string[] arguments, CommandContext context, CancellationToken stop)
    {
        try
        {
            var parsed = root.Parse(arguments, Usage.Parsing);
            if (Usage.Problems(parsed).ToList() is { Count: > 0 } problems)
            {
                await context.WriteErrorAsync(string.Join('\n', problems));
                return ExitCode.Usage;
            }

            var invocation = new InvocationConfiguration
            {
                Output = context.Out, Error = context.Error, EnableDefaultExceptionHandler = false,
            };
            if (parsed.CommandResult.Command is RootCommand or OperatorCommand { Name: RunName })
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
            await context.WriteErrorAsync(ErrorHandler.NotForeseen(error));
            return ExitCode.Problem;
        }
    }

    internal static RootCommand Create(CommandContext context)
    {
        var root = new RootCommand(
            "Reversal worker: signed ReversalRequested in, committed reversal and PaymentReversed out. " +
            "Exit codes: 0 well, 1 a problem, 2 wrong usage or settings, 3 a server is down (the message " +
            "says which)")
        {
            Run(context), MigrateCommand.Create(context), CheckCommand.Create(context),
            TopologyCommands.Create(context), HealthcheckCommand.Create(context),
            StatusCommand.Create(context),
            ShowCommand.Create(context), PreviewCommand.Create(context), PendingCommands.Create(context),
            QuarantineCommands.Create(context), OutboxCommands.Outbox(context), EventCommands.Create(context),
            PauseCommands.Pause(context), ResumeCommand.Create(context),
            ReconcileCommand.Create(context), RetentionCommands.Create(context), AuditCommand.Create(context),
            SignatureCommands.Sign(context), SignatureCommands.Verify(context),
            ContractCommands.Create(context),
            DemoCommand(context), CompletionCommand.Create(context), OperatorCommand.Json,
        };
        root.SetAction((_, stop) =>
            ErrorHandler.ToExitCodeAsync(context, () => context.RunWorkerAsync(stop), stop));
        HelpWithExample.AddTo(root);
        return root;
    }

    static OperatorCommand Run(CommandContext context) =>
        new OperatorCommand(
            RunName, "Read, apply and answer requests until SIGTERM (the default)", "reversal-worker run")
            .WithAction(context, (_, stop) => context.RunWorkerAsync(stop));

    static OperatorCommand DemoCommand(CommandContext context) =>
        new OperatorCommand(
            "demo", "Make an example bill, publish a signed request for it, print the event",
            "reversal-worker demo")
            .WithAction(context, (_, stop) => Demonstration.RunAsync(
                context.Options(Needs.ServersAndKeys), stop));
}
