using System.Collections.Concurrent;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Worker;

/// <summary>
/// Looks at servers of which there are several, from the start on, and names those that are of no use: the
/// others do the work meanwhile, so nothing else would tell.
/// </summary>
sealed class ServerWatch(
    PostgresServers servers, WorkerOptions options, TimeProvider clock, ILogger<ServerWatch> log)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Each look makes a connection to each node.</summary>
    static readonly TimeSpan NodeInterval = TimeSpan.FromMinutes(1);

    const string Postgres = "ConnectionStrings:Postgres";
    const string RabbitMq = "ConnectionStrings:RabbitMq";

    readonly ConcurrentDictionary<string, string?> _told = new(StringComparer.Ordinal);

    /// <summary>
    /// Ends at once when there is one of each. A node that hangs keeps nobody from the servers.
    /// </summary>
    internal Task RunAsync(CancellationToken stop) => Task.WhenAll(
        servers.HasSeveral ? RepeatAsync(Interval, Postgres, LookAtServersAsync, stop) : Task.CompletedTask,
        options.Broker.HasSeveral ? RepeatAsync(NodeInterval, RabbitMq, LookAtNodesAsync, stop)
            : Task.CompletedTask);

    Task RepeatAsync(
        TimeSpan interval, string setting, Func<CancellationToken, Task> look, CancellationToken stop) =>
        Repeating.EveryAsync(
            interval, clock,
            async end =>
            {
                try
                {
                    await look(end);
                    Tell(setting, "look", problem: null);
                }
                catch (Exception error)
                    when (error is not OperationCanceledException || !end.IsCancellationRequested)
                {
                    Tell(setting, "look", BrokerConnection.Explain(error));
                }
            },
            stop);

    async Task LookAtServersAsync(CancellationToken stop)
    {
        var all = await servers.LookAsync(stop);
        foreach (var one in all)
        {
            Tell(Postgres, one.Host, one.ProblemAmong(all));
        }
    }

    async Task LookAtNodesAsync(CancellationToken stop)
    {
        foreach (var one in await SeenNode.LookAsync(options.Broker, stop))
        {
            Tell(RabbitMq, one.Name, one.Problem);
        }
    }

    /// <summary>Once, until it is of use again.</summary>
    void Tell(string setting, string server, string? problem)
    {
        var key = $"{setting} {server}";
        if (problem is not null && _told.GetValueOrDefault(key) is null)
        {
            Log.ServerOfNoUse(log, setting, problem);
        }

        _told[key] = problem;
    }
}
