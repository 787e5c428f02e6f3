using System.CommandLine;
using Reversals.Tests.Benchmarks;
using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Report;

var root = new RootCommand("Measures the reversal worker beside its alternatives, all on this machine");
var arguments = new Arguments(root);
root.SetAction((parsed, stop) => Bench.RunAsync(arguments.Read(parsed), string.Join(' ', args)));

// The program starts itself with this: a contestant has a process of its own, so that its CPU and memory
// are its own.
var name = new Argument<string>("contestant");
var serve = new Command("serve", "Be a contestant (started by the benchmark itself)") { name };
serve.Hidden = true;
serve.SetAction((parsed, _) => Serve.RunAsync(parsed.GetValue(name)!));
root.Subcommands.Add(serve);

var file = new Argument<FileInfo>("file").AcceptExistingOnly();
var report = new Command("report", "Print the report of what --json has written, of a whole run or a part") { file };
report.SetAction(parsed => Console.WriteLine(
    Table.Of(Figures.Read(File.ReadLines(parsed.GetValue(file)!.FullName)))));
root.Subcommands.Add(report);
return await root.Parse(args).InvokeAsync();
