using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>
/// The servers that a connection string names: one, or several of which one is the primary (decision 0020).
/// </summary>
static class PostgresHosts
{
    /// <summary>How long one of several servers may take to let us in.</summary>
    const int ConnectSeconds = 2;

    /// <summary>Each as <c>host:port</c>.</summary>
    internal static IReadOnlyList<string> Of(NpgsqlConnectionStringBuilder settings) =>
    [
        .. (settings.Host ?? "").Split(',', StringSplitOptions.TrimEntries)
            .Select(host => WithPort(host, settings.Port)),
    ];

    /// <summary>A folder of sockets has none; an IPv6 address stands in brackets before its port.</summary>
    static string WithPort(string host, int port)
    {
        var hasPort = host.Contains("]:", StringComparison.Ordinal)
            || (!host.StartsWith('[') && host.Count(one => one == ':') == 1);
        if (hasPort || host.StartsWith('/'))
        {
            return host;
        }

        var name = host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;
        return string.Create(CultureInfo.InvariantCulture, $"{name}:{port}");
    }

    /// <inheritdoc cref="Of(NpgsqlConnectionStringBuilder)"/>
    internal static IReadOnlyList<string> Of(string connectionString) =>
        Of(new NpgsqlConnectionStringBuilder(connectionString));

    /// <summary>Without the secrets, for people.</summary>
    internal static string Address(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        return $"{string.Join(',', Of(settings))}/{settings.Database}";
    }

    /// <summary>For work on this one of them; what is asked for is left as it is.</summary>
    internal static string Only(string connectionString, string host)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = host, TargetSessionAttributes = null, LoadBalanceHosts = false,
        };
        if (Of(connectionString).Count > 1 && !given.ContainsKey("Timeout"))
        {
            settings.Timeout = ConnectSeconds;
        }

        return settings.ConnectionString;
    }

    /// <summary>
    /// For a look at this one of them, whatever it is. Nobody waits for one that hangs: what is cancelled is
    /// dropped at once.
    /// </summary>
    internal static string ForLooks(string connectionString, string host, int seconds) =>
        new NpgsqlConnectionStringBuilder(Only(connectionString, host))
        {
            ApplicationName = "reversal-look",
            Timeout = seconds,
            CommandTimeout = seconds,
            CancellationTimeout = -1,
            MinPoolSize = 0,
            MaxPoolSize = 2,
            Pooling = true,
            Options = $"-c search_path=pg_catalog -c statement_timeout={seconds}s",
        }.ConnectionString;

    /// <summary>What is wrong with the list; null: nothing.</summary>
    internal static string? Problem(NpgsqlConnectionStringBuilder settings)
    {
        var hosts = Of(settings);
        var twice = hosts.GroupBy(host => host, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(same => same.Count() > 1)?.Key;
        return hosts.Any(host => host.StartsWith(':')) ? "an empty Host between commas"
            : twice is not null ? $"the Host {ControlCharacters.Escape(twice)} twice"
            : hosts.Count > 1 && settings.TargetSessionAttributes is not (null or "primary" or "read-write")
                ? "Target Session Attributes that lead to a standby, expected primary or nothing"
            : null;
    }
}
