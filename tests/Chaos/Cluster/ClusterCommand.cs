using System.CommandLine;

namespace Reversals.Tests.Chaos;

/// <summary>The command line of <c>cluster</c>.</summary>
static class ClusterCommand
{
    /// <summary>The verb.</summary>
    internal static Command Verb()
    {
        var verb = new Command(
            "cluster", "Lose one machine after the other of three PostgreSQL, three RabbitMQ, two workers");
        var arguments = new Arguments(verb);
        var contestant = new Option<string>("--contestant")
        {
            Description = "Who is judged; not ours: by what every worker can be held to",
            DefaultValueFactory = _ => Contestant.Names[0],
        };
        contestant.AcceptOnlyFromAmong(Contestant.Names);
        var simple = new Option<bool>("--simple") { Description = "Ask only what every contestant knows" };
        var failover = new Option<string>("--failover")
        {
            Description = "Who promotes a standby: this program, or Patroni by itself",
            DefaultValueFactory = _ => "script",
        };
        failover.AcceptOnlyFromAmong("script", "patroni");
        verb.Options.Add(contestant);
        verb.Options.Add(failover);
        verb.Options.Add(simple);
        verb.SetAction((parsed, _) =>
        {
            var name = parsed.GetValue(contestant)!;
            var options = arguments.Read(parsed, faults: 0) with
            {
                Gateways = 0, Pending = false, Copies = 20,
                Simple = parsed.GetValue(simple) || !Contestant.Of(name, arguments.Read(parsed)).IsOurs,
            };
            return ClusterRun.RunAsync(
                options, Contestant.Of(name, options), parsed.GetValue(failover) is "patroni");
        });
        return verb;
    }
}
