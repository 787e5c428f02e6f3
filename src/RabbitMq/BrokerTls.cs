using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Reversals.RabbitMq;

/// <summary>TLS to RabbitMQ: whose certificate is accepted, and which one is shown.</summary>
static class BrokerTls
{
    const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Accepts a certificate for this host from a trusted authority, else says why not.</summary>
    internal static RemoteCertificateValidationCallback CertificateCheck(BrokerOptions options)
    {
        var authorities = options.RootCertificate is { } path ? Certificates(path) : null;
        return (_, certificate, chain, errors) =>
            Problem(certificate as X509Certificate2, chain, errors, authorities) is not { } problem
                ? true
                : throw new AuthenticationException(
                    $"The certificate of RabbitMQ is refused: {problem}. It has to be for the host of " +
                    "ConnectionStrings:RabbitMq, from an authority of RabbitMq:RootCertificate or, without " +
                    "that, one that this machine trusts");
    }

    /// <summary>The certificate of this worker, with those of its file that lead to its authority.</summary>
    internal static SslStreamCertificateContext? ClientCertificate(BrokerOptions options)
    {
        if (options is not { ClientCertificate: { } certificate, ClientKey: { } key })
        {
            return null;
        }

#pragma warning disable CA2000 // The context uses it for as long as connections are made.
        var own = X509Certificate2.CreateFromPemFile(certificate, key);
#pragma warning restore CA2000
        return SslStreamCertificateContext.Create(own, Certificates(certificate), offline: true);
    }

    /// <summary>What is wrong with the settings of TLS; null: nothing.</summary>
    internal static string? SettingProblem(BrokerOptions options)
    {
        if (!Uri.TryCreate(options.Nodes[0].Address, UriKind.Absolute, out var address))
        {
            return null;
        }

        if (BrokerConnection.IsEncrypted(address))
        {
            return RootProblem(options.RootCertificate)
                ?? ClientProblem(options.ClientCertificate, options.ClientKey);
        }

        // MassTransit would encrypt on this port, and believe whoever answers.
        const int port = BrokerConnection.TlsPort;
        var useless = options.RootCertificate is not null ? "RabbitMq:RootCertificate"
            : options.ClientCertificate is not null ? "RabbitMq:ClientCertificate"
            : options.ClientKey is not null ? "RabbitMq:ClientKey"
            : null;
        return options.Nodes.Any(node => Uri.TryCreate(node.Address, UriKind.Absolute, out var one)
                && one.Port == port)
                ? $"ConnectionStrings:RabbitMq: expected amqps:// with port {port}, found amqp://"
            : useless is not null
                ? $"{useless}: expected ConnectionStrings:RabbitMq to be amqps://, found amqp://"
            : null;
    }

    static string? RootProblem(string? path)
    {
        const string expected = "RabbitMq:RootCertificate: expected a file of certificates (PEM)";
        return path is null ? null : CertificatesProblem(expected, path);
    }

    static string? ClientProblem(string? certificate, string? key)
    {
        const string expected = "RabbitMq:ClientCertificate: expected a file (PEM) of the certificate that " +
            "RabbitMq:ClientKey belongs to, and of those that lead to its authority";
        const string expectedKey = "RabbitMq:ClientKey: expected a file (PEM) of the key, not encrypted, " +
            "of RabbitMq:ClientCertificate";
        if (certificate is null || key is null)
        {
            return certificate is not null ? $"{expectedKey}; found nothing"
                : key is not null ? $"{expected}; found nothing"
                : null;
        }

        if (CertificatesProblem(expected, certificate) is { } problem)
        {
            return problem;
        }

        try
        {
            using var both = X509Certificate2.CreateFromPemFile(certificate, key);
            return null;
        }
        catch (Exception error) when (IsOfFile(error))
        {
            return $"{expectedKey}; {error.Message}";
        }
    }

    static string? CertificatesProblem(string expected, string path)
    {
        try
        {
            return Certificates(path).Count > 0 ? null : $"{expected}; found none in {path}";
        }
        catch (Exception error) when (IsOfFile(error))
        {
            return $"{expected}; {error.Message}";
        }
    }

    static bool IsOfFile(Exception error) => error
        is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    static X509Certificate2Collection Certificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates;
    }

    static string? Problem(
        X509Certificate2? certificate, X509Chain? sent, SslPolicyErrors errors,
        X509Certificate2Collection? authorities)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "there is none";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"{certificate.Subject} is the name of another host";
        }

        if (authorities is null)
        {
            return errors == SslPolicyErrors.None ? null : Statuses(sent);
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(certificate) ? null : Statuses(chain);
    }

    static string Statuses(X509Chain? chain) =>
        string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status));
}
