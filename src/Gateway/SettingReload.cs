namespace Reversals.Gateway;

/// <summary>Puts changed clients, keys and tokens in force without a restart.</summary>
sealed class SettingReload(SettingWatch<GatewayOptions> watch) : BackgroundService
{
    internal static SettingWatch<GatewayOptions> Watch(
        IServiceProvider services, IConfiguration first, SettingSource source)
    {
        var settings = services.GetRequiredService<LiveSettings<GatewayOptions>>();
        var log = services.GetRequiredService<ILogger<SettingReload>>();
        return new SettingWatch<GatewayOptions>(
            first, source, ["Clients", "Http:Tokens"], services.GetRequiredService<TimeProvider>())
        {
            Read = GatewayConfiguration.Read,
            Apply = (read, changed) =>
            {
                var current = settings.Current;
                var next = current with
                {
                    Clients = read.Clients, Http = current.Http with { Tokens = read.Http.Tokens },
                };
                services.GetRequiredService<MaskingFormatter>().Hide(GatewayConfiguration.Secrets(next));
                settings.Replace(next);
                Log.SettingsChanged(log, Names(changed), string.Join(", ", next.Clients.Keys));
            },
            Refuse = problem => Log.SettingsRefused(log, problem),
            AskForRestart = changed => Log.RestartNeeded(log, Names(changed)),
        };
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => watch.RunAsync(stoppingToken);

    static string Names(IReadOnlyList<string> settings) =>
        settings.Count == 0 ? "none; they are as before" : string.Join(", ", settings);
}
