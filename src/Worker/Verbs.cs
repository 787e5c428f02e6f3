using System.Net;
using Npgsql;
using Reversals.Worker.Batching;
using Reversals.Worker.Inbound;
using Reversals.Worker.Outbound;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;
using Serilog;
using Serilog.Events;

namespace Reversals.Worker;

/// <summary>
/// What the verbs of the command line do. Exit codes: 0 well, 1 problem, 2 usage, 3 a server is down.
/// </summary>
static class Verbs
{
    /// <summary>So many bodies of RabbitMQ's 16 MiB stay below the 1 GB of a PostgreSQL message.</summary>
    const int MostQuarantinedAtOnce = 50;

    const int Problem = 1;
    const int Usage = 2;
    const int ServerDown = 3;

    /// <summary>Turns what can go wrong into a line that says what to do, and an exit code.</summary>
    internal static async Task<int> GuardAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (ConfigurationException error)
        {
            await Console.Error.WriteLineAsync($"The configuration cannot be used:\n{error.Message}");
            return Usage;
        }
        catch (Exception error) when (Database.Classify(error) == Fault.Transient
            || EventPublisher.IsOfTheBroker(error))
        {
            var problem = error is NpgsqlException
                ? Database.Explain(error)
                : BrokerConnection.Explain(error);
            await Console.Error.WriteLineAsync($"A server does not answer: {problem}");
            return ServerDown;
        }
        catch (InvalidOperationException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return Problem;
        }
    }

    internal static async Task<int> RunAsync(CancellationToken stop)
    {
        await using var host = Build(WorkerConfiguration.Load());
        var worker = host.Services.GetRequiredService<WorkerService>();
        await host.RunAsync(stop);
        return worker.IsAlive ? 0 : Problem;
    }

    internal static async Task<int> MigrateAsync(CancellationToken stop)
    {
        var postgres = WorkerConfiguration.Postgres(WorkerConfiguration.Load());
        var applied = await Migrator.MigrateAsync(postgres, TimeProvider.System, stop);
        Console.WriteLine(applied.Count == 0 ? "The schema is up to date." : string.Join('\n', applied));
        return 0;
    }

    internal static async Task<int> HealthcheckAsync(string probe, CancellationToken stop)
    {
        var health = WorkerConfiguration.Load().GetSection("Health").Get<HealthOptions>()
            ?? new HealthOptions();
        // A worker that listens on every address listens on this one too.
        var address = health.Address is "0.0.0.0" or "::" ? "127.0.0.1" : health.Address;
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            var answer = await client.GetAsync(
                new Uri($"http://{address}:{health.Port}/health/{probe}"), stop);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(stop));
            return answer.StatusCode == HttpStatusCode.OK ? 0 : Problem;
        }
        catch (HttpRequestException error)
        {
            await Console.Error.WriteLineAsync($"No worker answers on port {health.Port}: {error.Message}");
            return Problem;
        }
    }

    /// <summary>The worker, composed in the order of the flow.</summary>
    internal static WebApplication Build(IConfiguration configuration, TimeProvider? time = null)
    {
        var options = WorkerConfiguration.Read(configuration);
        var clock = time ?? TimeProvider.System;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Services.AddSerilog(log => log
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("MassTransit", LogEventLevel.Warning)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            .WriteTo.Console(new MaskingFormatter(WorkerConfiguration.Secrets(options))));
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Parse(options.Health.Address), options.Health.Port));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = WorkerService.HostStopTimeout);

        builder.Services
            .AddSingleton(options)
            .AddSingleton(clock)
            .AddSingleton(services => Database.Open(
                options.ConnectionStrings.Postgres, services.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<OutboxSignals>()
            .AddSingleton<Outbox>()
            .AddSingleton<Backlog>()
            .AddSingleton<Quarantine>()
            .AddSingleton<Pending>()
            .AddSingleton(WorkerConfiguration.Policies(options))
            .AddSingleton<ReversalBatch>()
            .AddSingleton(services => Group<ReversalRequest>(
                "reversals", options.Batching,
                services.GetRequiredService<ReversalBatch>().CommitAsync, services))
            .AddSingleton(services => Group<QuarantinedMessage>(
                "quarantine", new GroupCommitOptions { Limit = MostQuarantinedAtOnce },
                services.GetRequiredService<Quarantine>().AddAsync, services))
            .AddSingleton(new Authenticator(options.Clients))
            .AddSingleton<QuarantineLog>()
            .AddSingleton<PendingRequests>()
            .AddSingleton<ReversalConsumer>()
            .AddSingleton<IReadOnlyList<OutboxRelay>>(services =>
            [
                .. OutboxSignals.Kinds.Select(kind => ActivatorUtilities.CreateInstance<OutboxRelay>(
                    services, kind, services.GetRequiredService<OutboxSignals>()[kind])),
            ])
            .AddSingleton<BacklogWatch>()
            .AddSingleton<WorkerService>()
            .AddHostedService(services => services.GetRequiredService<WorkerService>());

        Exporters.Add(builder, configuration, options.Telemetry);
        var host = builder.Build();
        Exporters.Map(host, options.Telemetry);
        HealthEndpoints.Map(host);
        return host;
    }

    static GroupCommit<T> Group<T>(
        string name, GroupCommitOptions options, Func<IReadOnlyList<T>, CancellationToken, Task> commit,
        IServiceProvider services) =>
        new(name, options, commit, services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<GroupCommit<T>>>());
}
