using Reversals.Operations.Commands;
using Reversals.Worker;

return await Root.RunAsync(args, Shell.OfProcess(WorkerHost.RunAsync));
