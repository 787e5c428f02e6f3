using System.CommandLine;
using Reversals.Tests.Chaos;

var root = new RootCommand("Breaks the reversal worker's world by a seed, and checks that nothing is lost or doubled");
return await root.Parse(args).InvokeAsync();
