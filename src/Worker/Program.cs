using Reversals.Worker;
using Reversals.Worker.CommandLine;

return await Root.RunAsync(args, Shell.OfProcess());
