using Npgsql;
using Reversals.Tests.Chaos.Workload;

namespace Reversals.Tests.Chaos.Running;

/// <summary>The worker's configuration: shorter times than usual, so that a run sees them pass.</summary>
static class WorkerSettings
{
    /// <summary>What the environment of a worker says; the ports are those of its links.</summary>
    internal static Dictionary<string, string?> Of(Servers servers, int postgres, int rabbitMq) =>
        new(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = postgres,
                Username = Servers.WorkerRole,
                Password = servers.Password,
                Database = Servers.Database,
                SslMode = SslMode.Disable,
                Timeout = 3,
                CommandTimeout = 5,
            }.ConnectionString,
            ["ConnectionStrings__RabbitMq"] =
                $"amqp://{Servers.WorkerUser}:{servers.Password}@127.0.0.1:{rabbitMq}/",
            [$"Clients__{Client.Acme.Id}__ApiKeys__0"] = Client.Acme.Key,
            [$"Clients__{Client.Globex.Id}__ApiKeys__0"] = Client.Globex.Key,
            ["Batching__LongestRest"] = "00:00:00.5",
            ["Batching__PauseAfter"] = "00:00:01",
            ["Outbound__Lease"] = "00:00:02",
            ["Outbound__PublishTimeout"] = "00:00:03",
            ["Outbound__PollInterval"] = "00:00:00.2",
            ["Outbound__Rest"] = "00:00:00.2",
            ["Outbound__MaxBackoff"] = "00:00:02",
            ["Health__OutboxAgeLimit"] = "00:00:03",
        };

    /// <summary>Those of one worker; at a point that is not null it is to die.</summary>
    internal static Dictionary<string, string?> Of(WorkerProcess worker, Servers servers, CrashPoint? point)
    {
        var settings = Of(servers, worker.Postgres.Port, worker.RabbitMq.Port);
        settings["Health__Port"] = worker.HealthPort.ToString(CultureInfo.InvariantCulture);

        // Every second worker commits two batches at a time.
        settings["Batching__Lanes"] = worker.Number % 2 == 0 ? "1" : "2";
        if (point is not null)
        {
            settings["CHAOS_CRASH"] = $"{point.Name}:{point.Times}";
        }

        return settings;
    }
}
