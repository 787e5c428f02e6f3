using System.CommandLine;
using Reversals.Worker;
using Reversals.Worker.Storage;

// The verbs, in the order in which one needs them.
var demo = new Command("demo", "Seed the page's example bill, publish its request signed, print the event");
demo.SetAction((_, stop) => Verbs.GuardAsync(
    () => Demo.RunAsync(WorkerConfiguration.Read(WorkerConfiguration.Load()), stop)));

var migrate = new Command(
    "migrate", "Bring the database schema up to date; safe at any number of replicas at once");
migrate.SetAction((_, stop) => Verbs.GuardAsync(() => Verbs.MigrateAsync(stop)));

var probe = new Argument<string>("probe") { Description = "live or ready" };
probe.AcceptOnlyFromAmong("live", "ready");
var healthcheck = new Command("healthcheck", "Ask the running worker on this machine; exit 0 when it is well")
{
    probe,
};
healthcheck.SetAction((arguments, stop) => Verbs.GuardAsync(
    () => Verbs.HealthcheckAsync(arguments.GetValue(probe)!, stop)));

var run = new Command("run", "Read, apply and answer requests until SIGTERM (the default)");
run.SetAction((_, stop) => Verbs.GuardAsync(() => Verbs.RunAsync(stop)));

var root = new RootCommand(
    "Reversal worker: signed ReversalRequested in, committed reversal and PaymentReversed out")
{
    run, migrate, healthcheck, demo,
};
root.SetAction((_, stop) => Verbs.GuardAsync(() => Verbs.RunAsync(stop)));
return await root.Parse(args).InvokeAsync();
