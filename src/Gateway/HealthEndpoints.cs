namespace Reversals.Gateway;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: requests can be published and answers
/// heard. On a port of their own.
/// </summary>
static class HealthEndpoints
{
    internal static void Map(WebApplication host, GatewayHealthOptions options)
    {
        var broker = host.Services.GetRequiredService<BrokerLink>();
        var settings = host.Services.GetRequiredService<SettingWatch<GatewayOptions>>();
        host.MapWhen(context => context.Connection.LocalPort == options.Port, health =>
            health.Run(context => (context.Request.Path.Value switch
            {
                "/health/live" => HealthEndpoint.Answer(problem: null),
                "/health/ready" => HealthEndpoint.Answer(
                    broker.Problem,
                    settings.State.Problem is { } changed ? $"changed settings: {changed}" : null),
                _ => Results.NotFound(),
            }).ExecuteAsync(context)));
    }

    /// <returns>0 well, 1 a problem.</returns>
    internal static async Task<int> CheckAsync(GatewayHealthOptions options, string probe)
    {
        var (isWell, document) = await HealthEndpoint.AskAsync(
            options.Address, options.Port, probe, "gateway", CancellationToken.None);
        await Console.Out.WriteLineAsync(document.ToJsonString());
        return isWell ? 0 : 1;
    }
}
