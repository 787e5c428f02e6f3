using System.CommandLine;
using Reversals.Tests.Chaos;

var root = new RootCommand(
    "Breaks the reversal worker's world by a seed, and checks that nothing is lost, doubled or made up");
var arguments = new Arguments(root);
root.Subcommands.Add(CheckerTest.Verb());
root.Subcommands.Add(BugHunt.Verb());
root.Subcommands.Add(HealthRun.Verb());
root.Subcommands.Add(ClusterCommand.Verb());
root.SetAction((parsed, _) => ChaosRun.RunAsync(arguments.Read(parsed)));
var parsed = root.Parse(args);
const int usage = 2;
var status = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? usage : status;
