using Reversals.Operations.Commands;
using Reversals.Worker;

return await WorkerCommands.RunAsync(args, CommandContext.OfProcess(WorkerHost.RunAsync));
