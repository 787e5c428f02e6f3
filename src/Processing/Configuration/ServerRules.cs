using System.Globalization;
using Npgsql;
using Reversals.Processing.Postgres;
using Reversals.RabbitMq;

namespace Reversals.Processing.Configuration;

/// <summary>
/// What the addresses of the servers have to be. They hold passwords: what is told of them is never a piece
/// of one that could not be read.
/// </summary>
static class ServerRules
{
    const string Postgresql = "expected Host=…;Port=…;Username=…;Password=…;Database=…";

    internal static string? Postgres(string name, string value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return $"{name}: {Postgresql}; found nothing";
        }

        try
        {
            var settings = new NpgsqlConnectionStringBuilder(value);
            var found = ControlCharacters.First(value) ?? HostProblem(settings)
                ?? PostgresHosts.Problem(settings) ?? FileProblem(settings);
            // Whether the parts fit together, the driver says when it makes a source of connections.
            using var nobody = found is null ? NpgsqlDataSource.Create(settings) : null;
            return found is null ? null : $"{name}: {Postgresql}; found {found}";
        }
        catch (Exception error) when (error is ArgumentException or FormatException
            or InvalidOperationException or NotSupportedException or OverflowException)
        {
            // The message of the error would repeat what it could not read, and that may be the password.
            return $"{name}: {Postgresql}; found something that is not of this form";
        }
    }

    internal static string? RabbitMq(string value) => ConnectionRules.Problem(
        "ConnectionStrings:RabbitMq", value, BrokerAddress.Expected, BrokerNodes.Problem);

    static string? HostProblem(NpgsqlConnectionStringBuilder settings)
    {
        if (string.IsNullOrWhiteSpace(settings.Host))
        {
            return "no Host";
        }

        // Several hosts, each perhaps with a port of its own.
        var ports = settings.Host.Split(',').Select(host => host.Split(':'))
            .Where(parts => parts.Length == 2).Select(parts => parts[1]);
        return settings.Port is < 1 or > 65_535
            ? string.Create(CultureInfo.InvariantCulture, $"Port {settings.Port}, expected 1 to 65535")
            : ports.Any(port => !ushort.TryParse(port, CultureInfo.InvariantCulture, out var at) || at == 0)
                ? "a Host with a port that is not 1 to 65535"
                : null;
    }

    /// <summary>The driver would look for them at each connection, and wait.</summary>
    static string? FileProblem(NpgsqlConnectionStringBuilder settings)
    {
        (string Name, string? Path)[] files =
        [
            ("Root Certificate", settings.RootCertificate), ("SSL Certificate", settings.SslCertificate),
            ("SSL Key", settings.SslKey), ("Passfile", settings.Passfile),
        ];
        return files.Where(file => !string.IsNullOrEmpty(file.Path) && !File.Exists(file.Path))
            .Select(file => $"no file {ControlCharacters.Escape(file.Path!)}, which {file.Name} names")
            .FirstOrDefault();
    }
}
