using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using Reversals.Contracts;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>Unusable configuration; each line says which setting, what is expected and found.</summary>
sealed class ConfigurationException(IEnumerable<string> problems) : Exception(string.Join('\n', problems));

/// <summary>Reads the configuration and refuses to start with a wrong one. No secret is ever told.</summary>
static class GatewayConfiguration
{
    const string Secrets = "SECRETS_DIR";
    const string OwnPassword = "expected nothing: the gateway needs no database";
    const int ShortestSecret = 8;

    /// <summary>From the file, the environment and the folder of secrets.</summary>
    internal static IConfigurationRoot Load()
    {
        var folder = Environment.GetEnvironmentVariable(Secrets);
        try
        {
            var sources = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddEnvironmentVariables();
            return (string.IsNullOrEmpty(folder) ? sources : sources.AddKeyPerFile(folder)).Build();
        }
        catch (Exception error) when (error is ArgumentException or IOException or InvalidDataException
            or FormatException or UnauthorizedAccessException)
        {
            // What was read there may be secret, so only what the system itself says is repeated.
            throw new ConfigurationException([
                "appsettings.json: expected settings as one JSON object; " +
                $"{Secrets}: expected the full path of a folder with a file for each secret; found " +
                (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
                    ? error.Message
                    : "something else"),
            ]);
        }
    }

    /// <exception cref="ConfigurationException">Some setting is missing, unknown or out of range.</exception>
    internal static GatewayOptions Read(IConfiguration configuration)
    {
        var own = Own(configuration);
        string[] misfits = [.. Misfits(own, typeof(GatewayOptions), "")];
        var options = misfits.Length > 0 ? new GatewayOptions() : own.Get<GatewayOptions>() ?? new();
        string[] problems = misfits.Length > 0 ? misfits : [.. Problems(options).OfType<string>()];
        return problems.Length == 0 ? options : throw new ConfigurationException(problems);
    }

    /// <summary>
    /// The gateway's own settings, without the line ends that editors and secret stores put behind a value.
    /// </summary>
    static IConfigurationRoot Own(IConfiguration configuration) =>
        new ConfigurationBuilder().AddInMemoryCollection(typeof(GatewayOptions).GetProperties()
            .SelectMany(property => configuration.GetSection(property.Name).AsEnumerable())
            .Where(setting => setting.Value is not null)
            .Select(setting => KeyValuePair.Create(setting.Key, setting.Value?.TrimEnd('\r', '\n')))).Build();

    /// <summary>
    /// The binder keeps silent about settings it does not know, and prints what it cannot read.
    /// </summary>
    static IEnumerable<string> Misfits(IConfiguration settings, Type type, string path)
    {
        const BindingFlags options = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;
        foreach (var setting in settings.GetChildren())
        {
            var at = path + setting.Key;
            var found = type.IsAssignableTo(typeof(System.Collections.IDictionary))
                ? type.GenericTypeArguments[1]
                : type == typeof(IReadOnlyList<string>) ? typeof(string)
                : type.GetProperty(setting.Key, options)?.PropertyType;
            var isGroup = found?.Namespace?.StartsWith(nameof(Reversals), StringComparison.Ordinal) == true
                || (found?.IsGenericType == true && Nullable.GetUnderlyingType(found) is null);
            var problem = found is null
                ? at.Equals("ConnectionStrings:Postgres", StringComparison.OrdinalIgnoreCase)
                    ? OwnPassword
                    : $"no such setting; expected one of {Names(type)}"
                : isGroup
                    ? setting.Value is null ? null : "expected settings below it, found a single value"
                : Unreadable(setting, Nullable.GetUnderlyingType(found) ?? found);
            IEnumerable<string> below = problem is not null ? [$"{at}: {problem}"]
                : isGroup ? Misfits(setting, found!, at + ":")
                : [];
            foreach (var misfit in below)
            {
                yield return misfit;
            }
        }
    }

    static string Names(Type type) => string.Join(", ", type.GetProperties().Select(one => one.Name));

    static string? Unreadable(IConfigurationSection setting, Type type) =>
        setting.GetChildren().Any() ? "expected a single value, found settings below it"
        : type == typeof(string) || (setting.Value is { } value && CanRead(type, value)) ? null
        : type == typeof(TimeSpan) ? "expected a time such as 00:00:10"
        : type == typeof(DateTimeOffset) ? "expected a time such as 2027-06-30T00:00:00Z"
        : "expected a number";

    static bool CanRead(Type type, string value) => type == typeof(DateTimeOffset)
        ? DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, out _)
        : TypeDescriptor.GetConverter(type).IsValid(value);

    static IEnumerable<string?> Problems(GatewayOptions options)
    {
        var http = options.Http;
        var minute = TimeSpan.FromMinutes(1);
        (string Name, string Address, int Port)[] listeners =
        [
            ("Http:", http.Address, http.Port), ("Health:", options.Health.Address, options.Health.Port),
            ("Telemetry:Prometheus", options.Telemetry.PrometheusAddress, options.Telemetry.PrometheusPort),
        ];
        return
        [
            Broker(options.ConnectionStrings.RabbitMq),
            BrokerTls.SettingProblem(options.Broker),
            options.Clients.Count == 0
                ? "Clients: expected at least one client, as Clients:<client_id>:ApiKeys:0; found none"
                : null,
            .. options.Clients.SelectMany(client => ClientProblems(client.Key, client.Value)),
            .. SharedKeys(options),
            .. http.Tokens.Select((token, place) => Secret($"Http:Tokens:{place}", token)),
            Range("Http:AnswerTimeout", http.AnswerTimeout, TimeSpan.FromMilliseconds(100), 2 * minute),
            Range("Http:BodyTimeout", http.BodyTimeout, TimeSpan.FromMilliseconds(100), minute),
            Range("Http:MaxWaiting", http.MaxWaiting, 1, 100_000),
            Range("Http:MaxConnections", http.MaxConnections, 1, 100_000),
            .. listeners.Select(one => IPAddress.TryParse(one.Address, out _)
                ? null
                : $"{one.Name}Address: expected an IP address such as 127.0.0.1, found '{one.Address}'"),
            .. listeners.Select((one, place) =>
                Range($"{one.Name}Port", one.Port, place == 2 ? 0 : 1, 65_535)),
            .. listeners.GroupBy(one => one.Port).Where(same => same.Count() > 1 && same.Key > 0)
                .Select(same => $"{same.Last().Name}Port: expected another port than " +
                    $"{same.First().Name}Port, found {same.Key}"),
        ];
    }

    static string? Broker(string value) => BrokerNodes.Problem(value) is { } found
        ? $"ConnectionStrings:RabbitMq: {BrokerAddress.Expected}; found {found}"
        : null;

    static IEnumerable<string?> ClientProblems(string id, GatewayClientOptions client) =>
    [
        id.Length is 0 or > 64 ? $"Clients:{id}: expected a client id of 1–64 characters" : null,
        id.Any(char.IsControl) ? "Clients: expected client ids of characters that can be seen" : null,
        client.ApiKeys.Count == 0
            ? $"Clients:{id}:ApiKeys: expected at least one key, as Clients:{id}:ApiKeys:0; found none"
            : null,
        .. client.ApiKeys.Select((key, place) => Secret($"Clients:{id}:ApiKeys:{place}", key)),
    ];

    static string? Secret(string name, string? value) => value is not { Length: >= ShortestSecret }
        ? $"{name}: expected at least {ShortestSecret} characters, found {value?.Length ?? 0}"
        : value.Any(one => char.IsControl(one) || one == '\uFFFD')
            ? $"{name}: expected characters that can be seen, in UTF-8"
            : null;

    /// <summary>
    /// What one client signs would hold for the other. Keys are the same when they sign the same; so a key
    /// and its hash are found too.
    /// </summary>
    static IEnumerable<string> SharedKeys(GatewayOptions options) =>
        from same in options.Clients
            .SelectMany(client => client.Value.ApiKeys.Index().Select(key =>
                (Client: client.Key, Key: key.Item, Name: $"Clients:{client.Key}:ApiKeys:{key.Index}")))
            .Where(one => one.Key is { Length: >= ShortestSecret })
            .GroupBy(one => Signature.Compute([], one.Key), StringComparer.Ordinal)
        let first = same.First()
        let other = same.FirstOrDefault(one => !one.Client.Equals(first.Client, StringComparison.Ordinal))
        where other.Client is not null
        select $"{other.Name}: expected a key of its own, found that of {first.Name}";

    static string? Range<T>(string name, T value, T least, T most)
        where T : IComparable<T> =>
        value.CompareTo(least) < 0 || value.CompareTo(most) > 0
            ? string.Create(
                CultureInfo.InvariantCulture, $"{name}: expected {least} to {most}, found {value}")
            : null;
}
