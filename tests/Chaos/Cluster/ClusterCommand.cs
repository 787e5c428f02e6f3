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
        var failover = new Option<string>("--failover")
        {
            Description = "Who promotes a standby: this program, or Patroni by itself",
            DefaultValueFactory = _ => "script",
        };
        failover.AcceptOnlyFromAmong("script", "patroni");
        verb.Options.Add(failover);
        verb.SetAction((parsed, _) =>
        {
            var options = arguments.Read(parsed, faults: 0) with
            {
                Gateways = 0, Pending = false, Copies = 20,
            };
            return ClusterRun.RunAsync(options, parsed.GetValue(failover) is "patroni");
        });
        return verb;
    }
}
