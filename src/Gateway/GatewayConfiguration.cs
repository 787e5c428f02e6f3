using Microsoft.Extensions.Options;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>Reads the configuration and refuses to start with a wrong one. No secret is ever told.</summary>
static class GatewayConfiguration
{
    const string Database = "ConnectionStrings:Postgres: ";

    /// <exception cref="ConfigurationException">Some setting is missing, unknown or out of range.</exception>
    internal static GatewayOptions Read(IConfiguration configuration)
    {
        var (options, problems) = SettingReader.Examine<GatewayOptions>(configuration, Problems);
        return problems.Count == 0 ? options : throw new ConfigurationException(problems.Select(NoDatabase));
    }

    /// <summary>Where the health endpoints are, whatever else is configured.</summary>
    /// <exception cref="ConfigurationException">Some setting of theirs is wrong.</exception>
    internal static GatewayHealthOptions ReadHealth(IConfiguration configuration)
    {
        var (options, all) = SettingReader.Examine<GatewayOptions>(configuration, Problems);
        var problems = SettingReader.Within(all, ["Health"]);
        return problems.Count == 0 ? options.Health : throw new ConfigurationException(problems);
    }

    /// <summary>Every secret of the configuration, for the mask over the log.</summary>
    internal static IEnumerable<string> Secrets(GatewayOptions options) =>
    [
        .. options.Clients.Values.SelectMany(client => client.ApiKeys), .. options.Http.Tokens,
        .. options.Broker.Secrets,
    ];

    /// <summary>Where the gateway listens.</summary>
    internal static IReadOnlyList<Listener> Listeners(GatewayOptions options) =>
    [
        new("Http:", options.Http.Address, options.Http.Port),
        new("Health:", options.Health.Address, options.Health.Port),
        new("Telemetry:Prometheus", options.Telemetry.PrometheusAddress, options.Telemetry.PrometheusPort),
    ];

    /// <summary>To say which other settings there are would leave out why this is none.</summary>
    static string NoDatabase(string problem) =>
        problem.StartsWith(Database, StringComparison.OrdinalIgnoreCase)
            ? Database + "expected nothing: the gateway needs no database"
            : problem;

    static IEnumerable<string> Problems(GatewayOptions options)
    {
        string?[] found =
        [
            ConnectionRules.Problem(
                "ConnectionStrings:RabbitMq", options.ConnectionStrings.RabbitMq, BrokerAddress.Expected,
                BrokerNodes.Problem),
            BrokerTls.SettingProblem(options.Broker),
            .. ClientRules.Problems(options.Clients.ToDictionary(
                client => client.Key, client => client.Value.ApiKeys, StringComparer.Ordinal)),
            .. options.Http.Tokens.Index().Select(
                token => KeyRules.Problem($"Http:Tokens:{token.Index}", token.Item)),
            options.Logging.Problem,
            .. new GatewayRanges().Problems(options),
            .. ListenerRules.Problems(Listeners(options)),
        ];
        return found.OfType<string>();
    }
}

/// <summary>Checks each option against the range that stands beside it.</summary>
[OptionsValidator]
sealed partial class GatewayRanges
    : IValidateOptions<GatewayHttpOptions>, IValidateOptions<GatewayHealthOptions>,
        IValidateOptions<TelemetryOptions>
{
    internal IEnumerable<string> Problems(GatewayOptions options) =>
    [
        .. Validate("Http", options.Http).Failures ?? [],
        .. Validate("Health", options.Health).Failures ?? [],
        .. Validate("Telemetry", options.Telemetry).Failures ?? [],
    ];
}
