using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Processing.Configuration;

/// <summary>Reads the configuration and refuses to start with a wrong one.</summary>
static class WorkerConfiguration
{
    /// <summary>Sections that may change while the worker runs.</summary>
    internal static IReadOnlyList<string> Live { get; } = ["Clients", "Events"];

    /// <summary>The options, all of them checked.</summary>
    /// <exception cref="ConfigurationException">Some setting is missing, unknown or out of range.</exception>
    internal static WorkerOptions Read(IConfiguration configuration)
    {
        var (options, problems) = Examine(configuration);
        return problems.Count == 0 ? options : throw new ConfigurationException(problems);
    }

    /// <summary>The options, checked only in these sections: for callers that need no others.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="sections">Such as <c>Health</c> or <c>ConnectionStrings:Postgres</c>.</param>
    /// <exception cref="ConfigurationException">Some setting of the sections is wrong.</exception>
    internal static WorkerOptions ReadOnly(
        IConfiguration configuration, params IReadOnlyList<string> sections)
    {
        var (options, problems) = Examine(configuration);
        var own = SettingReader.Within(problems, sections);
        return own.Count == 0 ? options : throw new ConfigurationException(own);
    }

    static (WorkerOptions Options, IReadOnlyList<string> Problems) Examine(IConfiguration configuration) =>
        SettingReader.Examine<WorkerOptions>(configuration, Problems);

    /// <summary>Only PostgreSQL, for the commands that need nothing else.</summary>
    internal static string Postgres(IConfiguration configuration) =>
        ReadOnly(configuration, "ConnectionStrings:Postgres").ConnectionStrings.Postgres;

    /// <summary>Names of the clients that are configured, rightly or wrongly.</summary>
    internal static IReadOnlyList<string> Clients(IConfiguration configuration) =>
        [.. Examine(configuration).Options.Clients.Keys];

    /// <summary>Every secret of the configuration, for the mask over the log.</summary>
    internal static IEnumerable<string> Secrets(WorkerOptions options)
    {
        string?[] secrets =
        [
            .. options.Clients.Values.SelectMany(client => client.ApiKeys),
            options.Events.SigningKey, options.Events.NextSigningKey,
            PasswordOf(options.ConnectionStrings.Postgres),
            PasswordOf(options.Page.Postgres),
            .. options.Broker.Secrets,
        ];
        return secrets.OfType<string>();
    }

    /// <summary>Where the worker listens.</summary>
    internal static IReadOnlyList<Listener> Listeners(WorkerOptions options) =>
    [
        new("Health:", options.Health.Address, options.Health.Port),
        new("Telemetry:Prometheus", options.Telemetry.PrometheusAddress, options.Telemetry.PrometheusPort),
        new("Page:", options.Page.Address, options.Page.Port ?? 0),
    ];

    static string? PasswordOf(string? postgres)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(postgres).Password;
        }
        catch (ArgumentException)
        {
            // Nobody signs in with it, so nothing of it can get into an error's text.
            return null;
        }
    }

    internal static IReadOnlyDictionary<string, ClientPolicy> Policies(WorkerOptions options) =>
        options.Clients.ToDictionary(
            client => client.Key,
            client => new ClientPolicy
            {
                StatusAfterReversal = client.Value.StatusAfterReversal is "reversal"
                    ? BillStatus.Reversal
                    : BillStatus.Active,
                ReversalWindow = client.Value.ReversalWindow,
                PendingFor = client.Value.PendingFor,
                ClockTolerance = client.Value.ClockTolerance,
            },
            StringComparer.Ordinal);

    /// <summary>How many requests of each client may wait for their payments.</summary>
    internal static IReadOnlyDictionary<string, int> MostPending(WorkerOptions options) =>
        options.Clients.ToDictionary(
            client => client.Key, client => client.Value.MaxPending, StringComparer.Ordinal);

    /// <summary>How many open messages the quarantine may have, by client and in all.</summary>
    internal static IReadOnlyDictionary<string, int> MostQuarantined(WorkerOptions options) =>
        options.Clients.Keys.Append(QuarantineLimit.UnknownClient)
            .Select(client => KeyValuePair.Create(client, options.Quarantine.MaxPerClient))
            .Append(KeyValuePair.Create(WaitingLimit.All, options.Quarantine.Max))
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>The problems of all options: of each alone, of its range, and of several together.</summary>
    static IEnumerable<string> Problems(WorkerOptions options)
    {
        string?[] found =
        [
            ServerRules.Postgres("ConnectionStrings:Postgres", options.ConnectionStrings.Postgres),
            ServerRules.RabbitMq(options.ConnectionStrings.RabbitMq),
            BrokerTls.SettingProblem(options.Broker),
            .. ClientRules.Problems(
                options.Clients.ToDictionary(
                    client => client.Key, client => client.Value.ApiKeys, StringComparer.Ordinal),
                options.Events.Keys),
            .. options.Clients.SelectMany(client => client.Value.Problems(client.Key)),
            options.Logging.Problem,
            .. options.Events.Problems(),
            .. new OptionRanges().Problems(options),
            options.Inbound.PrefetchProblem(options.Batching),
            .. ListenerRules.Problems(Listeners(options)),
            .. PageRules.Problems(options.Page),
        ];
        return found.OfType<string>();
    }
}
