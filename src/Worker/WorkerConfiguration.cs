using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using Npgsql;
using Reversals.Contracts;
using Reversals.Worker.Batching;

namespace Reversals.Worker;

/// <summary>The configuration cannot be used; each line says which setting, what is expected and what was found.</summary>
sealed class ConfigurationException(IEnumerable<string> problems) : Exception(string.Join('\n', problems));

/// <summary>Reads the configuration and refuses to start with a wrong one.</summary>
static class WorkerConfiguration
{
    internal static IConfigurationRoot Load()
    {
        var builder = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables();
        if (Environment.GetEnvironmentVariable("SECRETS_DIR") is { Length: > 0 } folder)
        {
            builder.AddKeyPerFile(folder, optional: false);
        }

        return builder.Build();
    }

    /// <summary>The options, all of them checked.</summary>
    /// <exception cref="ConfigurationException">Some setting is missing, unknown or out of its range.</exception>
    internal static WorkerOptions Read(IConfiguration configuration)
    {
        List<string> problems = [.. Unknown(configuration, typeof(WorkerOptions), topLevel: true)];
        if (problems.Count == 0)
        {
            var options = Bind(configuration);
            problems.AddRange(Problems(options));
            if (problems.Count == 0)
            {
                return options;
            }
        }

        throw new ConfigurationException(problems);
    }

    /// <summary>
    /// Only our own sections, and strictly: otherwise the binder leaves out an entry it cannot read, with all that
    /// stands beside it.
    /// </summary>
    static WorkerOptions Bind(IConfiguration configuration)
    {
        var own = typeof(WorkerOptions).GetProperties()
            .SelectMany(property => configuration.GetSection(property.Name).AsEnumerable());
        try
        {
            return new ConfigurationBuilder().AddInMemoryCollection(own).Build()
                .Get<WorkerOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new WorkerOptions();
        }
        catch (InvalidOperationException error)
        {
            // The innermost one of its kind names the setting, the value and the type that was wanted.
            while (error.InnerException is InvalidOperationException inner)
            {
                error = inner;
            }

            throw new ConfigurationException([error.Message]);
        }
    }

    /// <summary>Only PostgreSQL, for the verbs that need nothing else.</summary>
    internal static string Postgres(IConfiguration configuration)
    {
        var value = configuration.GetConnectionString("Postgres") ?? "";
        return PostgresProblem(value) is { } problem ? throw new ConfigurationException([problem]) : value;
    }

    /// <summary>Every secret of the configuration, for the mask over the log.</summary>
    internal static IEnumerable<string> Secrets(WorkerOptions options)
    {
        var broker = new Uri(options.ConnectionStrings.RabbitMq).UserInfo.Split(':', 2);
        string?[] secrets =
        [
            .. options.Clients.Values.SelectMany(client => client.ApiKeys),
            options.Events.SigningKey,
            new NpgsqlConnectionStringBuilder(options.ConnectionStrings.Postgres).Password,
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
                StatusAfterReversal = string.Equals(client.Value.StatusAfterReversal, "reversal", StringComparison.Ordinal)
                    ? BillStatus.Reversal
                    : BillStatus.Active,
                ReversalWindow = client.Value.ReversalWindow,
            },
            StringComparer.Ordinal);

    /// <summary>Settings that no option reads: most often a slip of the pen that would silently keep a default.</summary>
    static IEnumerable<string> Unknown(IConfiguration section, Type type, bool topLevel = false)
    {
        foreach (var child in section.GetChildren())
        {
            var property = type.GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is null)
            {
                // The top level is shared with every environment variable of the machine.
                if (!topLevel)
                {
                    var known = string.Join(", ", type.GetProperties().Select(option => option.Name));
                    yield return $"{child.Path}: no such setting; expected one of {known}";
                }

                continue;
            }

            foreach (var problem in UnknownIn(child, property.PropertyType))
            {
                yield return problem;
            }
        }
    }

    static IEnumerable<string> UnknownIn(IConfigurationSection child, Type type) =>
        typeof(IDictionary).IsAssignableFrom(type)
            ? child.GetChildren().SelectMany(entry => Unknown(entry, type.GenericTypeArguments[1]))
            : type.Namespace?.StartsWith(nameof(Reversals), StringComparison.Ordinal) == true ? Unknown(child, type) : [];

    static IEnumerable<string> Problems(WorkerOptions options)
    {
        string?[] found =
        [
            PostgresProblem(options.ConnectionStrings.Postgres),
            RabbitMqProblem(options.ConnectionStrings.RabbitMq),
            options.Clients.Count == 0
                ? "Clients: expected at least one client, as Clients:<client_id>:ApiKeys:0; found none"
                : null,
            .. options.Clients.SelectMany(client => ClientProblems(client.Key, client.Value)),
            SigningKeyProblem(options),
            Range("Batching:Limit", options.Batching.Limit, 1, 5_000),
            Range("Batching:Lanes", options.Batching.Lanes, 1, 16),
            Range("Batching:LongestRest", options.Batching.LongestRest, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1)),
            PrefetchProblem(options),
            Range("Outbound:ClaimLimit", options.Outbound.ClaimLimit, 1, 5_000),
            Range("Outbound:WaveSize", options.Outbound.WaveSize, 1, 1_000),
            Range("Outbound:Lease", options.Outbound.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            Range("Outbound:PollInterval", options.Outbound.PollInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
            Range("Outbound:Rest", options.Outbound.Rest, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
            Range("Outbound:PublishTimeout", options.Outbound.PublishTimeout, TimeSpan.FromMilliseconds(100), options.Outbound.Lease / 2),
            Range("Health:Port", options.Health.Port, 1, 65_535),
            Range("Health:OutboxAgeLimit", options.Health.OutboxAgeLimit, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            IPAddress.TryParse(options.Health.Address, out var _) ? null
                : $"Health:Address: expected an IP address such as 127.0.0.1, found '{options.Health.Address}'",
        ];
        return found.OfType<string>();
    }

    static string? PostgresProblem(string value)
    {
        const string expected = "expected Host=…;Port=…;Username=…;Password=…;Database=…";
        if (string.IsNullOrWhiteSpace(value))
        {
            return $"ConnectionStrings:Postgres: {expected}; found nothing";
        }

        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(value).Host)
                ? $"ConnectionStrings:Postgres: {expected}; found no Host"
                : null;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            // The message of the error would repeat what it could not read, and that may be the password.
            return $"ConnectionStrings:Postgres: {expected}; found something that is not of this form";
        }
    }

    static string? RabbitMqProblem(string value)
    {
        const string expected = "ConnectionStrings:RabbitMq: expected amqp://user:password@host:port/vhost, or amqps://";
        return string.IsNullOrWhiteSpace(value) ? $"{expected}; found nothing"
            : !Uri.TryCreate(value, UriKind.Absolute, out var address) ? $"{expected}; found no URI"
            : address.Scheme is not ("amqp" or "amqps") ? $"{expected}; found {address.Scheme}://"
            : null;
    }

    static IEnumerable<string> ClientProblems(string clientId, ClientOptions client)
    {
        var at = $"Clients:{clientId}";
        if (clientId.Length > 64)
        {
            yield return $"{at}: expected a client id of 1–64 characters, found {clientId.Length}";
        }

        if (client.ApiKeys.Count == 0)
        {
            yield return $"{at}:ApiKeys: expected at least one key, as {at}:ApiKeys:0; found none";
        }

        for (var place = 0; place < client.ApiKeys.Count; place++)
        {
            if (client.ApiKeys[place] is not { Length: >= ClientOptions.ShortestKey })
            {
                yield return $"{at}:ApiKeys:{place}: expected at least {ClientOptions.ShortestKey} characters, " +
                    $"found {client.ApiKeys[place]?.Length ?? 0}";
            }
        }

        if (client.StatusAfterReversal is not ("active" or "reversal"))
        {
            yield return $"{at}:StatusAfterReversal: expected active or reversal, found '{client.StatusAfterReversal}'";
        }

        if (client.ReversalWindow <= TimeSpan.Zero)
        {
            yield return $"{at}:ReversalWindow: expected a time above 0, found {client.ReversalWindow}";
        }
    }

    static string? SigningKeyProblem(WorkerOptions options) => options.Events.SigningKey switch
    {
        null => null,
        { Length: < ClientOptions.ShortestKey } key =>
            $"Events:SigningKey: expected at least {ClientOptions.ShortestKey} characters, found {key.Length}",
        var key when options.Clients.Values.Any(client => client.ApiKeys.Contains(key, StringComparer.Ordinal)) =>
            "Events:SigningKey: expected a key of its own, found a client's key",
        _ => null,
    };

    static string? PrefetchProblem(WorkerOptions options)
    {
        var least = options.Batching.Limit * options.Batching.Lanes;
        return options.Inbound.PrefetchCount == 0
            ? null
            : Range("Inbound:PrefetchCount", options.Inbound.PrefetchCount, Math.Min(least, 10_000), 10_000);
    }

    static string? Range<T>(string name, T value, T least, T most)
        where T : IComparable<T> =>
        value.CompareTo(least) < 0 || value.CompareTo(most) > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{name}: expected {least} to {most}, found {value}")
            : null;
}
