using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
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

    readonly Dictionary<string, string?> _told = new(StringComparer.Ordinal);
    long? _nodesAt;

    /// <summary>Ends at once when there is one of each.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (servers.HasSeveral || options.Broker.HasSeveral)
            {
                await LookAsync(stop);
                await timer.WaitForNextTickAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    async Task LookAsync(CancellationToken stop)
    {
        if (servers.HasSeveral)
        {
            var all = await servers.LookAsync(stop);
            foreach (var one in all)
            {
                Tell("ConnectionStrings:Postgres", one.Host, one.ProblemAmong(all));
            }
        }

        if (_nodesAt is not { } at || clock.GetElapsedTime(at) > NodeInterval)
        {
            _nodesAt = clock.GetTimestamp();
            foreach (var one in await SeenNode.LookAsync(options.Broker, stop))
            {
                Tell("ConnectionStrings:RabbitMq", one.Name, one.Problem);
            }
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
