using System.Globalization;
using Npgsql;
using RabbitMQ.Client;

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
            var found = ControlCharacters.First(value) ?? HostProblem(settings) ?? FileProblem(settings);
            // What the parts have to be together the driver says when it makes a source of connections.
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

    internal static string? RabbitMq(string value)
    {
        const string expected =
            "ConnectionStrings:RabbitMq: expected amqp://user:password@host:port/vhost, or amqps://";
        var found = string.IsNullOrWhiteSpace(value) ? "nothing"
            : ControlCharacters.First(Uri.UnescapeDataString(value)) is { } hidden ? hidden
            : !Uri.TryCreate(value, UriKind.Absolute, out var address)
                ? "no URI; in user and password write / as %2F, @ as %40, : as %3A, # as %23, ? as %3F"
            : address.Scheme is not ("amqp" or "amqps") ? $"{address.Scheme}://"
            : PartProblem(address);
        return found is null ? null : $"{expected}; found {found}";
    }

    static string? PartProblem(Uri address)
    {
        var virtualHost = address.AbsolutePath is "" or "/" or "//" ? "" : address.AbsolutePath[1..];
        return address.Host.Length == 0 ? "no host"
            : address.Port == 0 ? "port 0, which is none"
            : address.Query.Length > 0 || address.Fragment.Length > 0
                ? "a ? or a #, which nothing may follow; as a part of a name write %3F and %23"
            : address.UserInfo.Count(one => one == ':') > 1 ? "a second : in user and password; write %3A"
            : virtualHost.Contains('/', StringComparison.Ordinal)
                ? "a virtual host with /; write it as %2F, as in amqp://…/pay%2Fprod"
            : IsTaken(address) ? null
            : "something that is not of this form";
    }

    /// <summary>The last word is the client library's.</summary>
    static bool IsTaken(Uri address)
    {
        try
        {
            _ = new ConnectionFactory { Uri = address };
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

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
