using System.CommandLine;
using Reversals.Tests.Benchmarks;
using Reversals.Tests.Benchmarks.Contestants;

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
return await root.Parse(args).InvokeAsync();
