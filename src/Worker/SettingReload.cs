using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Outbound;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Worker;

/// <summary>
/// Puts changed clients and keys in force without a restart: their keys, policies and limits, and the keys of
/// the events.
/// </summary>
sealed class SettingReload(SettingWatch<WorkerOptions> watch) : BackgroundService
{
    /// <summary>What follows the settings, and who looks whether they have changed.</summary>
    /// <param name="services">Of the worker.</param>
    /// <param name="options">The settings of the start, read.</param>
    /// <param name="first">The same as they are written.</param>
    /// <param name="again">Reads them again; null: they do not change.</param>
    internal static void Add(
        IServiceCollection services, WorkerOptions options, IConfiguration first,
        SettingSource? again) => services
        .AddSingleton(new LiveSettings<WorkerOptions>(options))
        .AddSingleton(new WaitingLimit(WorkerConfiguration.MostPending(options)))
        .AddSingleton<ClientPolicies>()
        .AddSingleton(all => Live(all, of => new Authenticator(of.Clients)))
        .AddSingleton(all => Live(all, of => new EventSigner(of.Events)))
        .AddSingleton(all => Live(all, of => new Preview(
            all.GetRequiredService<PostgresServers>(), SnapshotSource.ForWorker, of,
            all.GetRequiredService<TimeProvider>())))
        .AddSingleton(all => Watch(all, first, again ?? SettingSource.Of(first)))
        .AddHostedService<SettingReload>();

    static Live<T> Live<T>(IServiceProvider services, Func<WorkerOptions, T> make)
        where T : class => services.GetRequiredService<LiveSettings<WorkerOptions>>().Make(make);

    static SettingWatch<WorkerOptions> Watch(
        IServiceProvider services, IConfiguration first, SettingSource source)
    {
        var settings = services.GetRequiredService<LiveSettings<WorkerOptions>>();
        var log = services.GetRequiredService<ILogger<SettingReload>>();
        return new SettingWatch<WorkerOptions>(
            first, source, WorkerConfiguration.Live, services.GetRequiredService<TimeProvider>())
        {
            Read = WorkerConfiguration.Read,
            Apply = (read, changed) =>
            {
                var next = settings.Current with { Clients = read.Clients, Events = read.Events };
                services.GetRequiredService<MaskingFormatter>().Hide(WorkerConfiguration.Secrets(next));
                services.GetRequiredService<WaitingLimit>().Use(WorkerConfiguration.MostPending(next));
                services.GetRequiredService<QuarantineLimit>().Use(next);
                settings.Replace(next);
                ClientMetrics.Begin(next.Clients.Keys);
                Log.SettingsChanged(log, Names(changed), string.Join(", ", next.Clients.Keys));
            },
            Refuse = problem =>
            {
                ClientMetrics.SettingsRefused();
                Log.SettingsRefused(log, problem);
            },
            AskForRestart = changed => Log.RestartNeeded(log, Names(changed)),
        };
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => watch.RunAsync(stoppingToken);

    static string Names(IReadOnlyList<string> settings) =>
        settings.Count == 0 ? "none; they are as before" : string.Join(", ", settings);
}
