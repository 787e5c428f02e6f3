using System.Globalization;
using System.Net;
using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Processing.Configuration;

/// <summary>Unusable configuration; each line says which setting, what is expected and found.</summary>
sealed class ConfigurationException(IEnumerable<string> problems)
    : Exception(string.Join('\n', problems.Select(problem => ControlCharacters.Escape(problem))));

/// <summary>Reads the configuration and refuses to start with a wrong one.</summary>
static class WorkerConfiguration
{
    /// <summary>The options, all of them checked.</summary>
    /// <exception cref="ConfigurationException">Some setting is missing, unknown or out of range.</exception>
    internal static WorkerOptions Read(IConfiguration configuration)
    {
        var (options, problems) = Examine(configuration);
        return problems.Count == 0 ? options : throw new ConfigurationException(problems);
    }

    /// <summary>The options, of which only one section is right: for what needs nothing else.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="section">Such as <c>Health</c> or <c>ConnectionStrings:Postgres</c>.</param>
    /// <exception cref="ConfigurationException">Some setting of the section is wrong.</exception>
    internal static WorkerOptions ReadOnly(IConfiguration configuration, string section)
    {
        var (options, problems) = Examine(configuration);
        string[] own =
        [
            .. problems.Where(one => one.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase)),
        ];
        return own.Length == 0 ? options : throw new ConfigurationException(own);
    }

    static (WorkerOptions Options, IReadOnlyList<string> Problems) Examine(IConfiguration configuration)
    {
        var own = SettingSources.Own(configuration);
        var misfits = ConfigurationSchema.Misfits(own).ToDictionary(
            misfit => misfit.Path, misfit => misfit.Problem, StringComparer.OrdinalIgnoreCase);

        // What cannot be read is read as if it were not there: the rest is still judged.
        var read = own.AsEnumerable()
            .Where(setting => misfits.TryGetValue(setting.Key, out var told)
                ? told is null
                : setting.Value is not null)
            .Select(setting => misfits.ContainsKey(setting.Key) ? new(setting.Key, value: null) : setting);
        var options = new ConfigurationBuilder().AddInMemoryCollection(read).Build().Get<WorkerOptions>()
            ?? new WorkerOptions();
        return (options,
            [.. misfits.Values.OfType<string>(), .. Problems(options), .. OtlpRules.Problems(own)]);
    }

    /// <summary>Only PostgreSQL, for the commands that need nothing else.</summary>
    internal static string Postgres(IConfiguration configuration) =>
        ReadOnly(configuration, "ConnectionStrings:Postgres").ConnectionStrings.Postgres;

    /// <summary>Names of the clients that are configured, rightly or wrongly.</summary>
    internal static IReadOnlyList<string> Clients(IConfiguration configuration) =>
        [.. Examine(configuration).Options.Clients.Keys];

    /// <summary>Every secret of the configuration, for the mask over the log.</summary>
    internal static IEnumerable<string> Secrets(WorkerOptions options)
    {
        var broker = new Uri(options.ConnectionStrings.RabbitMq).UserInfo.Split(':', 2);
        string?[] secrets =
        [
            .. options.Clients.Values.SelectMany(client => client.ApiKeys),
            options.Events.SigningKey,
            new NpgsqlConnectionStringBuilder(options.ConnectionStrings.Postgres).Password,
            new NpgsqlConnectionStringBuilder(options.Page.Postgres).Password,
            broker.ElementAtOrDefault(1),
            Uri.UnescapeDataString(broker.ElementAtOrDefault(1) ?? ""),
        ];
        return secrets.OfType<string>();
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
    internal static PendingLimit Room(WorkerOptions options) => new(options.Clients.ToDictionary(
        client => client.Key, client => client.Value.MaxPending, StringComparer.Ordinal));

    static IEnumerable<string> Problems(WorkerOptions options)
    {
        var (batching, outbound) = (options.Batching, options.Outbound);
        var (health, telemetry) = (options.Health, options.Telemetry);
        var (second, minute) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        string?[] found =
        [
            ServerRules.Postgres("ConnectionStrings:Postgres", options.ConnectionStrings.Postgres),
            ServerRules.RabbitMq(options.ConnectionStrings.RabbitMq),
            BrokerTls.SettingProblem(options.Broker),
            options.Clients.Count == 0
                ? "Clients: expected at least one client, as Clients:<client_id>:ApiKeys:0; found none"
                : null,
            .. options.Clients.SelectMany(client => ClientProblems(client.Key, client.Value)),
            options.Events.SigningKey is { } key ? KeyRules.Problem("Events:SigningKey", key) : null,
            .. KeyRules.Shared(options),
            Range("Batching:Limit", batching.Limit, 1, 5_000),
            Range("Batching:Lanes", batching.Lanes, 1, 16),
            Range("Batching:Interval", batching.Interval, TimeSpan.Zero, TimeSpan.FromMilliseconds(100)),
            Range("Batching:LongestRest", batching.LongestRest, TimeSpan.FromMilliseconds(50), minute),
            Range("Batching:PauseAfter", batching.PauseAfter, second, TimeSpan.FromMinutes(10)),
            PrefetchProblem(options), .. options.Quarantine.Problems(),
            Range("Inbound:PendingPollInterval", options.Inbound.PendingPollInterval,
                TimeSpan.FromMilliseconds(10), minute),
            Range("Outbound:ClaimLimit", outbound.ClaimLimit, 1, 5_000),
            Range("Outbound:WaveSize", outbound.WaveSize, 1, 1_000),
            Range("Outbound:Lease", outbound.Lease, second, TimeSpan.FromMinutes(10)),
            Range("Outbound:PollInterval", outbound.PollInterval, TimeSpan.FromMilliseconds(10), minute),
            Range("Outbound:Rest", outbound.Rest, TimeSpan.FromMilliseconds(10), minute),
            Range("Outbound:MaxBackoff", outbound.MaxBackoff, outbound.Rest, TimeSpan.FromHours(1)),
            Range("Outbound:MaxEventBytes", outbound.MaxEventBytes, 4_096, 16 * 1024 * 1024),
            Range("Outbound:PublishTimeout", outbound.PublishTimeout, TimeSpan.FromMilliseconds(100), minute),
            Range("Health:Port", health.Port, 1, 65_535),
            Range("Health:OutboxAgeLimit", health.OutboxAgeLimit, second, TimeSpan.FromDays(1)),
            ListenerRules.Address("Health:Address", health.Address),
            .. PageProblems(options.Page, health.Port),
            .. ListenerRules.OfPage(options.Page, telemetry),
            Range("Telemetry:PrometheusPort", telemetry.PrometheusPort, 0, 65_535),
            telemetry.PrometheusPort > 0 && telemetry.PrometheusPort == health.Port
                ? $"Telemetry:PrometheusPort: expected a port of its own, found Health:Port {health.Port}"
                : null,
            ListenerRules.Address("Telemetry:PrometheusAddress", telemetry.PrometheusAddress),
        ];
        return found.OfType<string>();
    }

    static string?[] PageProblems(PageOptions page, int healthPort) =>
    [
        page.Port is { } port ? Range("Page:Port", port, 1, 65_535) : null,
        page.Port == healthPort
            ? $"Page:Port: expected another port than Health:Port, found {page.Port}"
            : null,
        ListenerRules.Address("Page:Address", page.Address),
        page.Postgres is null ? null : ServerRules.Postgres("Page:Postgres", page.Postgres),
        page is { Actions: true, OperatorHeader: null }
            && IPAddress.TryParse(page.Address, out var address) && !IPAddress.IsLoopback(address)
            ? "Page:OperatorHeader: expected the header in which the proxy names who is signed in, as " +
                "Page:Actions is on and Page:Address is not the loopback's; found nothing"
            : null,
    ];

    static IEnumerable<string> ClientProblems(string clientId, ClientOptions client)
    {
        var at = $"Clients:{clientId}";
        if (clientId.Length is 0 or > 64)
        {
            yield return $"{at}: expected a client id of 1–64 characters, found {clientId.Length}";
        }

        if (ControlCharacters.First(clientId) is { } hidden)
        {
            yield return $"{at}: expected a client id of characters that can be seen, found {hidden}";
        }

        if (client.ApiKeys.Count == 0)
        {
            yield return $"{at}:ApiKeys: expected at least one key, as {at}:ApiKeys:0; found none";
        }

        for (var place = 0; place < client.ApiKeys.Count; place++)
        {
            if (KeyRules.Problem($"{at}:ApiKeys:{place}", client.ApiKeys[place]) is { } wrong)
            {
                yield return wrong;
            }
        }

        if (client.StatusAfterReversal is not ("active" or "reversal"))
        {
            yield return $"{at}:StatusAfterReversal: expected active or reversal, " +
                $"found '{client.StatusAfterReversal}'";
        }

        if (client.ReversalWindow <= TimeSpan.Zero)
        {
            yield return $"{at}:ReversalWindow: expected a time above 0, found {client.ReversalWindow}";
        }

        if (Range($"{at}:PendingFor", client.PendingFor, TimeSpan.Zero, TimeSpan.FromDays(30)) is { } problem)
        {
            yield return problem;
        }

        var (second, hour) = (TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (Range($"{at}:ClockTolerance", client.ClockTolerance, second, hour) is { } other)
        {
            yield return other;
        }

        if (Range($"{at}:MaxPending", client.MaxPending, 1, 1_000_000) is { } outOfRange)
        {
            yield return outOfRange;
        }
    }

    static string? PrefetchProblem(WorkerOptions options)
    {
        var least = options.Batching.Limit * options.Batching.Lanes;
        return options.Inbound.PrefetchCount == 0
            ? null
            : Range("Inbound:PrefetchCount", options.Inbound.PrefetchCount, Math.Min(least, 10_000), 10_000);
    }

    internal static string? Range<T>(string name, T value, T least, T most)
        where T : IComparable<T> =>
        value.CompareTo(least) < 0 || value.CompareTo(most) > 0
            ? string.Create(
                CultureInfo.InvariantCulture, $"{name}: expected {least} to {most}, found {value}")
            : null;
}
