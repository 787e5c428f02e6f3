using System.Net;
using System.Net.Sockets;
using Npgsql;
using Reversals.Operations.Commands;
using Reversals.Operations.Page;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Inbound.MassTransit;
using Reversals.Processing.Outbound;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.Processing.Watching;
using Serilog;
using Serilog.Events;
using Serilog.Filters;

namespace Reversals.Worker;

/// <summary>The worker, composed, started and stopped.</summary>
static class WorkerHost
{
    /// <summary>With their headers these take about 5 MB of memory and of one PostgreSQL message.</summary>
    const int MostQuarantinedAtOnce = 50;

    static readonly Func<LogEvent, bool> IsOfMassTransit = Matching.FromSource("MassTransit");

    internal static async Task<int> RunAsync(CancellationToken stop)
    {
        await using var host = Build(SettingSources.Load(), again: SettingSources.Changing());
        return await RunAsync(host, stop);
    }

    /// <summary>Runs until it is asked to stop, which may be before it has begun.</summary>
    internal static async Task<int> RunAsync(WebApplication host, CancellationToken stop)
    {
        var worker = host.Services.GetRequiredService<WorkerService>();
        try
        {
            await host.StartAsync(stop);
        }
        catch (OperationCanceledException)
            when (stop.IsCancellationRequested || host.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // A host whose start was cut short leaves running what it had started.
            await host.StopAsync(CancellationToken.None);
            return ExitCode.Well;
        }
        catch (SocketException error)
        {
            throw ListenerRules.Refused(
                WorkerConfiguration.Listeners(host.Services.GetRequiredService<WorkerOptions>()), error);
        }

        await host.WaitForShutdownAsync(stop);
        return worker.IsAlive ? ExitCode.Well : ExitCode.Problem;
    }

    /// <summary>The worker, composed in the order of the flow.</summary>
    /// <param name="configuration">The settings of the start.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="again">Reads the settings again; null: they do not change.</param>
    internal static WebApplication Build(
        IConfiguration configuration, TimeProvider? time = null, SettingSource? again = null)
    {
        var options = WorkerConfiguration.Read(configuration);
        var clock = time ?? TimeProvider.System;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        AddLog(builder.Services, options, clock);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Parse(options.Health.Address), options.Health.Port));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeouts.Host);

        builder.Services
            .AddSingleton(options)
            .AddSingleton(options.Outbound)
            .AddSingleton(clock)
            .AddSingleton(services => Servers(services, options))
            .AddSingleton<ServerWatch>()
            .AddSingleton<RelayHandoffs>()
            .AddSingleton<Outbox>()
            .AddSingleton<QueueDepths>()
            .AddSingleton(QuarantineRoom)
            .AddSingleton<Quarantine>()
            .AddSingleton<Pending>()
            .AddSingleton<ReversalBatch>()
            .AddSingleton<QuarantineLog>()
            .AddSingleton<PendingRequests>()
            .AddSingleton<MessageHandler>()
            .AddSingleton<PreviewResponder>()
            .AddSingleton<ReversalConsumer>()
            .AddSingleton<DatabaseReadinessCheck>()
            .AddSingleton<UnacknowledgedCounts>()
            .AddSingleton<ConsumerSupervisor>()
            .AddSingleton<WorkerStates>()
            .AddSingleton<StateReporter>()
            .AddSingleton<IReadOnlyList<OutboxRelay>>(services =>
            [
                .. RelayHandoffs.Kinds.Select(kind => ActivatorUtilities.CreateInstance<OutboxRelay>(
                    services, kind, services.GetRequiredService<RelayHandoffs>()[kind])),
            ])
            .AddSingleton<AlarmWatch>()
            .AddSingleton<AnswerSender>()
            .AddSingleton<QueueDepthReporter>()
            .AddSingleton<WorkerService>()
            .AddHostedService(services => services.GetRequiredService<WorkerService>());
        SettingReload.Add(builder.Services, options, configuration, again);
        AddGroups(builder.Services, options);
        AddWatches(builder.Services);
        PageHost.Add(builder, options.Page);

        Exporters.Add(builder, configuration, options.Telemetry, new Measurements
        {
            Service = "reversal-worker",
            Meters = [Metrics.MeterName],
            // RabbitMQ.Client's span joins the sender's trace; MassTransit's, Npgsql's and ours are below it.
            Spans = ["RabbitMQ.Client.Subscriber", "MassTransit", "Npgsql", Traces.SourceName],
        });
        var host = builder.Build();
        PageHost.Map(host, options.Page);
        Exporters.Map(host, options.Telemetry);
        HealthEndpoints.Map(host);
        return host;
    }

    static void AddLog(IServiceCollection services, WorkerOptions options, TimeProvider clock)
    {
        var mask = new MaskingFormatter(WorkerConfiguration.Secrets(options));
        services.AddSingleton(mask);
        var output = new HostLog
        {
            Options = options.Logging,
            Mask = mask,
            IsOfServer = ServerErrors.IsOfServer,
            CountDropped = Metrics.LogDropped,
            Clock = clock,
        };
        services.AddSerilog(log => output.Configure(log)
            .MinimumLevel.Override("MassTransit", LogEventLevel.Warning)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            .Filter.ByExcluding(IsGivenBack));
    }

    /// <summary>
    /// MassTransit tells of each message that the consumer gives back, with a stack: thousands in an outage.
    /// Why they are given back is told once, by who decides it.
    /// </summary>
    static bool IsGivenBack(LogEvent line) =>
        line.Exception is OperationCanceledException && IsOfMassTransit(line);

    static void AddGroups(IServiceCollection services, WorkerOptions options) => services
        .AddSingleton(all => Group<ReversalRequest>(
            "reversals", options.Batching, all.GetRequiredService<ReversalBatch>().CommitAsync, all,
            new IsolationOptions
            {
                CanCommitAsync = CanCommit(all),
            }))
        .AddSingleton(all => Group<QuarantinedMessage>(
            "quarantine", new GroupCommitOptions { Limit = MostQuarantinedAtOnce },
            all.GetRequiredService<Quarantine>().AddAsync, all,
            new IsolationOptions
            {
                CanCommitAsync = CanCommit(all),
                KeepsWhatFails = true,
            }));

    /// <summary>What looks beside the flow at what is in its way.</summary>
    static void AddWatches(IServiceCollection services) => services
        .AddSingleton<PauseWatch>()
        .AddSingleton<HeldBillWatch>()
        .AddSingleton<StallWatch>();

    static PostgresServers Servers(IServiceProvider services, WorkerOptions options)
    {
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var servers = Database.Open(options.ConnectionStrings.Postgres, loggers);
        var log = loggers.CreateLogger<PostgresServers>();
        servers.Moved = primary => Processing.Telemetry.Log.PrimaryMoved(log, primary);
        return servers;
    }

    static QuarantineLimit QuarantineRoom(IServiceProvider services) => new(
        services.GetRequiredService<WorkerOptions>(), services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<QuarantineLog>().Dropped);

    static GroupCommit<T> Group<T>(
        string name, GroupCommitOptions options, CommitItems<T> commit,
        IServiceProvider services, IsolationOptions isolation) =>
        new(name, options, commit, services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<GroupCommit<T>>>(), isolation);

    static Func<CancellationToken, Task<bool>> CanCommit(IServiceProvider services)
    {
        var probe = services.GetRequiredService<DatabaseReadinessCheck>();
        return async stop => await probe.ProblemAsync(stop) is null;
    }
}
